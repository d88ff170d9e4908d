import { runsFiles } from '../plan/isolation.ts';
import { notRequiredBy } from '../policy/not-required.ts';
import { type Source } from './source.ts';

/** What policy does not require: every record lists it, never as passed. */
export function notRequired({ plan }: Pick<Source, 'plan'>): readonly string[] {
  const { policy } = plan;
  return [
    ...notRequiredBy(policy),
    ...(policy.commands === 'isolated' || !runsFiles(plan) ? [] : ['a user of their own for commands']),
    ...(plan.configuration ? [] : ['a comparison of configuration']),
    ...(plan.documents ? [] : ['changes to documentation']),
  ];
}
