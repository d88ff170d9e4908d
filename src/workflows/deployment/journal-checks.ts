import type { EntryOf } from '../../domain/journal/entries.ts';
import type { CheckResult } from '../../domain/journal/values.ts';
import type { ObserveResult } from '../../domain/ports/observation.ts';
import type { DeploymentRun } from './run.ts';

type Purpose = Pick<EntryOf<'check-completed'>, 'for' | 'step' | 'group'>;

/** Journals what checks found and answers those that passed. */
export function journalChecks(
  run: DeploymentRun,
  { results }: ObserveResult,
  purpose: Purpose,
): readonly CheckResult[] {
  for (const result of results) run.append({ type: 'check-completed', ...purpose, ...result });
  return results.filter(({ verdict }) => verdict === 'passed');
}
