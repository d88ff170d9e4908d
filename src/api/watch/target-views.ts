import type { Gateway } from '../../temporal/gateway.ts';
import { sharedRuns } from './shared-run.ts';
import { createTurns } from './turns.ts';

const maxAtOnce = 4;

/** Asks targets for their views: each target one question at a time, however many want the answer, and all of them a few. */
export function createTargetViews({ target }: Pick<Gateway, 'target'>): Gateway['target'] {
  const shared = sharedRuns<Awaited<ReturnType<Gateway['target']>>>();
  const inTurn = createTurns(maxAtOnce);
  return ({ service, environment }) =>
    shared(`${service}/${environment}`, () => inTurn(() => target({ service, environment })));
}
