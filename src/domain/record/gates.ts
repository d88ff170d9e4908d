import { stages } from '../base/stages.ts';
import type { Entry, GateName, JournalEntry } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { runsCommands } from '../plan/isolation.ts';
import type { Plan } from '../plan/plan.ts';
import { type Source } from './source.ts';

/** One gate as it was evaluated last; `not-evaluated`: the deployment did not come to it. */
export interface GateRow {
  readonly gate: GateName;
  readonly title: string;
  readonly required: string | null;
  readonly found: string | null;
  readonly url: string | null;
  readonly digest: string | null;
  readonly fault: string | null;
  readonly verdict: 'passed' | 'failed' | 'waived' | 'not-evaluated';
  readonly at: string | null;
  readonly moment: Entry<'gate-evaluated'>['moment'] | null;
  /** When it was evaluated before, if it was. */
  readonly evaluatedBefore: readonly string[];
}

/** The gates that must have passed before anything is changed. A repair undoes, so nothing holds it back. */
export function requiredGates(plan: Plan): readonly GateName[] {
  if (plan.repair) return [];
  return [
    ...stages.map((stage) => `stage-${stage}` as const),
    ...(plan.policy.rehearsal ? (['rehearsal'] as const) : []),
    'health-answers',
    'notified',
    ...(plan.policy.readiness ? (['readiness'] as const) : []),
    'approval',
    ...(plan.policy.windows ? (['window'] as const) : []),
    // The first deployment of a service has nothing to return to yet.
    ...(plan.change.initial ? [] : (['live-release', 'rollback-checks', 'health-at-start'] as const)),
  ];
}

/** How a gate was evaluated the last time it was. */
export function lastEvaluation(journal: readonly JournalEntry[], gate: GateName): Entry<'gate-evaluated'> | null {
  return lastOf(journal, 'gate-evaluated', (entry) => entry.gate === gate);
}

/** Every gate that is required or was evaluated, in the order of the process. */
export function gateRows({ plan, journal }: Source): readonly GateRow[] {
  const evaluated = journal.flatMap((entry) => (entry.type === 'gate-evaluated' ? [entry] : []));
  const required = new Set(requiredGates(plan));
  const gates = new Set<GateName>([...required, ...evaluated.map(({ gate }) => gate)]);
  return [...gates]
    .sort((a, b) => place(a) - place(b))
    .flatMap((gate) => {
      const all = evaluated.filter((entry) => entry.gate === gate);
      const last = all.at(-1);
      if (last?.verdict === 'not-required' && !required.has(gate)) return [];
      return [
        {
          gate,
          title: gateTitle(gate),
          required: last?.required ?? null,
          found: last?.found ?? null,
          url: last?.url ?? null,
          digest: last?.digest ?? null,
          fault: last?.fault ?? null,
          // What the plan asks for nobody may call not required.
          verdict: last === undefined || last.verdict === 'not-required' ? 'not-evaluated' : last.verdict,
          at: last?.at ?? null,
          moment: last?.moment ?? null,
          evaluatedBefore: all.slice(0, -1).map(({ at }) => at),
        },
      ];
    });
}

const titles: Readonly<Record<string, string>> = {
  rehearsal: 'Rollback rehearsed',
  'health-answers': 'Health checks answer',
  notified: 'Stakeholders notified',
  readiness: 'Monitoring and support ready',
  approval: 'Stakeholder approval',
  window: 'Deployment window',
  'live-release': 'Live release known',
  'rollback-checks': 'Previous release is there',
  'health-at-start': 'Healthy before the change',
};

/** Stages come first, in their own order. */
const place = (gate: GateName) => Object.keys(titles).indexOf(gate);

function gateTitle(gate: GateName): string {
  return gate.startsWith('stage-') ? `Stage ${gate.slice('stage-'.length)}` : (titles[gate] ?? gate);
}

/** What policy does not ask for: said in every record, never that it passed. */
export function notRequired({ plan, journal }: Pick<Source, 'plan' | 'journal'>): readonly string[] {
  const { policy } = plan;
  const waived = (gate: GateName, name: string) => {
    const last = lastEvaluation(journal, gate);
    return last === null || last.verdict === 'not-required' ? [name] : [];
  };
  return [
    ...(policy.rehearsal ? [] : waived('rehearsal', 'a rehearsal of the rollback')),
    ...(policy.windows ? [] : ['a deployment window']),
    ...(policy.readiness ? [] : ['acknowledgement by monitoring and support']),
    ...(policy.evidence.signers ? [] : ['a signature on evidence']),
    ...(policy.evidence.order === 'any' ? ['an order of the stages'] : []),
    ...(policy.messages.unsigned === 'accept' ? ['a proof of identity on messages'] : []),
    ...(['smoke', 'performance', 'integrations', 'features'] as const)
      .filter((group) => !policy.require.validation.includes(group))
      .map((group) => `${group} validation`),
    ...(policy.require.availability ? [] : ['measured availability']),
    ...(policy.require.artifactReadBack ? [] : ['reading the artifact back']),
    ...(policy.commands === 'isolated' || !runsCommands(plan) ? [] : ['a user of their own for commands']),
    ...(plan.configuration ? [] : ['a comparison of configuration']),
    ...(plan.documents ? [] : ['changes to documentation']),
  ];
}
