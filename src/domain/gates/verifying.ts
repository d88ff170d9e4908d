import type { StageFinding } from '../evidence/evidence.ts';
import { reachedBy, type Tried } from '../journal/deliveries.ts';
import type { EntryOf, GateName } from '../journal/entries.ts';
import type { GateProof } from '../journal/gate-proof.ts';
import { mayBeBad } from '../journal/health.ts';
import { slotName } from '../plan/bindings.ts';
import type { Plan } from '../plan/plan.ts';
import type { Bindings } from '../plan/references.ts';
import { verdictOr } from '../plan/waivers.ts';
import type { GateFindings } from '../ports/gates.ts';
import type { ObserveResult } from '../ports/observation.ts';
import { liveReleaseGate } from './live-release.ts';

type Gate = EntryOf<'gate-evaluated'>;
type Moment = 'verifying' | 'grant';

/** Gates as the journal tells them, and what is wrong with those that did not pass. */
export interface EvaluatedGates {
  readonly gates: readonly Gate[];
  readonly faults: readonly string[];
}

/** What a machine can tell of a request, all of it, in the order of the record. */
export function verifyingGates(
  plan: Plan,
  bindings: Bindings,
  evaluated: Pick<GateFindings, 'stages' | 'rehearsal' | 'observed'> & {
    readonly deliveries: readonly Tried[];
  },
): EvaluatedGates {
  const all = [
    stageGates(evaluated.stages, 'verifying'),
    rehearsalGate(evaluated.rehearsal, 'verifying'),
    answersGate(plan, evaluated.observed),
    notifiedGate(evaluated.deliveries),
    liveGate(plan, bindings, 'verifying'),
  ];
  return { gates: all.flatMap(({ gates }) => gates), faults: all.flatMap(({ faults }) => faults) };
}

/** The five stages. */
export function stageGates(stages: GateFindings['stages'], moment: Moment): EvaluatedGates {
  const gates = stages.map((finding) => evaluatedGate(`stage-${finding.stage}`, moment, finding));
  const bad = stages.filter(({ verdict }) => verdict !== 'passed' && verdict !== 'waived');
  return { gates, faults: bad.map(describeFault) };
}

function describeFault({ stage, fault, found }: Pick<StageFinding, 'stage' | 'fault' | 'found'>): string {
  return `stage ${stage} ${fault ?? 'unclear'} (${found})`;
}

/** Whether the way back was rehearsed. */
export function rehearsalGate(rehearsal: GateFindings['rehearsal'], moment: Moment): EvaluatedGates {
  const { verdict, found, fault } = rehearsal;
  const gate = evaluatedGate('rehearsal', moment, { ...rehearsal, url: null });
  return { gates: [gate], faults: verdict === 'failed' ? [`rehearsal ${fault ?? 'unclear'} (${found})`] : [] };
}

/** A gate that rests on something that was found, with what there is to say of it. */
function evaluatedGate(
  gate: GateName,
  moment: Moment,
  {
    required,
    found,
    verdict,
    digest,
    url,
    fault,
    proof,
  }: Pick<Gate, 'required' | 'found' | 'verdict'> & {
    readonly digest: string | null;
    readonly url: string | null;
    readonly fault: string | null;
    readonly proof: GateProof | null;
  },
): Gate {
  return {
    type: 'gate-evaluated',
    gate,
    moment,
    required,
    found,
    verdict,
    ...(digest === null ? {} : { digest }),
    ...(url === null ? {} : { url }),
    ...(fault === null ? {} : { fault }),
    ...(proof === null ? {} : { proof }),
  };
}

/** Which artifact a rollback returns to, as presumed at the request or bound by the lock. */
export function liveGate(plan: Plan, bindings: Bindings, moment: Moment): EvaluatedGates {
  const gate = liveReleaseGate(plan, { live: bindings.live, slot: slotName(bindings, 'live') });
  return {
    gates: [{ type: 'gate-evaluated', gate: 'live-release', moment, ...gate }],
    faults: gate.verdict === 'failed' ? [`live release: ${gate.found}`] : [],
  };
}

function answersGate(plan: Plan, { results }: ObserveResult): EvaluatedGates {
  const silent = results.filter(({ verdict }) => verdict === 'error');
  const answered = results.length - silent.length;
  const found = `${answered} of ${plan.health.length} health checks answered`;
  // What may be bad before the change may be so by its silence, too.
  const lenient = silent.filter(({ check }) => plan.health.some((one) => one.id === check && mayBeBad(plan, one)));
  const isPassed = lenient.length === silent.length && results.length === plan.health.length;
  const verdict = verdictOr(plan, 'health-at-start', isPassed);
  const gate: Gate = {
    type: 'gate-evaluated',
    gate: 'health-answers',
    moment: 'verifying',
    required: 'every health check answers',
    found: lenient.length === 0 ? found : `${found}; ${lenient.map(({ check }) => check).join(', ')} need not yet`,
    verdict,
  };
  if (verdict !== 'failed') return { gates: [gate], faults: [] };
  const words = silent.map(({ check, summary }) => `${check} (${summary})`).join(', ');
  return { gates: [gate], faults: [`health checks that do not answer: ${words || 'unclear'}`] };
}

/** People count, not ways to them: whoever has the mail knows, also where the chat is down. */
function notifiedGate(deliveries: readonly Tried[]): EvaluatedGates {
  const told = reachedBy(deliveries);
  const reached = told.filter((one) => one === 'reached').length;
  const isPassed = told.length > 0 && reached === told.length;
  const gate: Gate = {
    type: 'gate-evaluated',
    gate: 'notified',
    moment: 'verifying',
    required: 'stakeholders told of the request',
    found: `${reached} of ${told.length} reached`,
    verdict: isPassed ? 'passed' : 'failed',
  };
  return { gates: [gate], faults: isPassed ? [] : [`stakeholders told: ${reached} of ${told.length}`] };
}
