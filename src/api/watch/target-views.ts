import type { TargetView } from '../../domain/target/view.ts';
import type { Gateway, TargetName } from '../../temporal/gateway.ts';
import { sharedRun } from './shared-run.ts';

/** Targets as they say themselves, however many ask: each is asked one question at a time, and all of them a few. */
export interface TargetViews {
  /** Throws as `Gateway.target` does. */
  view(name: TargetName): Promise<TargetView>;
}

const maxAtOnce = 4;

export function createTargetViews({ target }: Pick<Gateway, 'target'>): TargetViews {
  const asked = new Map<string, { readonly ask: () => Promise<TargetView>; askers: number }>();
  const waiting: (() => void)[] = [];
  let atOnce = 0;
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (atOnce >= maxAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else atOnce += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else atOnce -= 1;
    }
  };
  return {
    async view({ service, environment }) {
      const key = `${service}/${environment}`;
      const shared = asked.get(key) ?? {
        ask: sharedRun(() => inTurn(() => target({ service, environment }))),
        askers: 0,
      };
      asked.set(key, shared);
      shared.askers += 1;
      try {
        return await shared.ask();
      } finally {
        shared.askers -= 1;
        if (shared.askers === 0) asked.delete(key);
      }
    },
  };
}
