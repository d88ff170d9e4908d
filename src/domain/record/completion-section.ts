import { stages } from '../base/stages.ts';
import { lastEvaluation } from '../gates/evaluate.ts';
import { entriesOf } from '../journal/entries.ts';
import { rehearsalIn } from '../rehearsal/proven-by-rollback.ts';
import { completion, completionStatement } from './certifying-statement.ts';
import { wantedBy } from './ended-by.ts';
import type { Source } from './source.ts';

export type Completion = ReturnType<typeof buildCompletion>;

export function buildCompletion(source: Source) {
  const { certified, unsatisfied } = completion(source.plan, source.whole);
  return {
    certified,
    /** Only when certified. */
    statement: certified ? completionStatement : null,
    unsatisfied,
    remarks: remarks(source),
  };
}

function remarks(source: Source): readonly string[] {
  const { plan, journal, ended } = source;
  const asserted = entriesOf(journal, 'approval-granted').filter(({ by }) => by.identity === 'asserted').length;
  const evaluated = (verdict: string) =>
    stages.filter((stage) => lastEvaluation(journal, `stage-${stage}`)?.verdict === verdict).length;
  const tooOld = evaluated('waived');
  return [
    ...(plan.repair
      ? []
      : [
          `${evaluated('passed')} of ${stages.length} pipeline stages were satisfied${tooOld === 0 ? '' : `, the age of ${tooOld} was waived for an emergency`}.`,
        ]),
    ...(asserted > 0
      ? [`${asserted} approval${asserted === 1 ? ' was' : 's were'} asserted, not verified (${unsignedRule(plan)}).`]
      : []),
    ...rehearsed(source),
    ...(plan.repair ? [`This repair settles ${plan.repair.of}.`] : []),
    ...(ended?.outcome === 'needs-intervention'
      ? ['The target keeps its lock. Next: look at the target, then resolve it.']
      : []),
    ...(ended?.outcome === 'rolled-back' ? next(source) : []),
  ];
}

/** What is to be done after a rollback. Where a person wanted it there is no cause to be found. */
function next({ plan, journal, ended }: Source): readonly string[] {
  if (!ended || ended.cause?.kind === 'rehearsal') return [];
  const ticket = plan.change.ticket === null ? '' : ` (${plan.change.ticket})`;
  const wanted = wantedBy(journal, ended);
  if (wanted === null) return [`Next: find the cause${ticket} and request again.`];
  return [`Next: settle with ${wanted} what speaks against this change${ticket}; then it can be requested again.`];
}

/** What a rollback is good for beyond this deployment. */
function rehearsed({ plan, planDigest, journal }: Source): readonly string[] {
  const proven = rehearsalIn(plan, planDigest, journal);
  if (!proven) return [];
  const { kind, procedureDigest, environment, stepsUndone, verifiedAt } = proven;
  const what = kind === 'rehearsal' ? 'Rehearsal: rolled back on purpose and verified.' : 'Rolled back and verified.';
  return [
    `${what} It counts as a rehearsal of procedure ${procedureDigest} in ${environment}: ${stepsUndone} undone, verified ${verifiedAt}.`,
  ];
}

const unsignedRule = ({ policy }: Source['plan']) => `policy: unsigned ${policy.messages.unsigned}`;
