import { requiredGates } from '../gates/evaluate.ts';
import { gates } from '../gates/index.ts';
import { entriesOf } from '../journal/entries.ts';
import { type Source } from './source.ts';

export type GateRow = ReturnType<typeof gateRows>[number];

/** Every gate that is required or was evaluated, as it was evaluated last, in the order of the process. */
export function gateRows({ plan, journal }: Source) {
  const evaluated = entriesOf(journal, 'gate-evaluated');
  const required = new Set<string>(requiredGates(plan));
  const names = new Set<string>([...required, ...evaluated.map(({ gate }) => gate)]);
  return [...names]
    .sort((a, b) => place(a) - place(b))
    .flatMap((gate) => {
      const all = evaluated.filter((entry) => entry.gate === gate);
      const last = all.at(-1);
      if (last?.verdict === 'not-required' && !required.has(gate)) return [];
      return [
        {
          gate,
          title: titleOf(gate),
          required: last?.required ?? null,
          found: last?.found ?? null,
          url: last?.url ?? null,
          digest: last?.digest ?? null,
          fault: last?.fault ?? null,
          // A journal cannot call a gate not required that the plan requires.
          verdict: !last || last.verdict === 'not-required' ? ('not-evaluated' as const) : last.verdict,
          at: last?.at ?? null,
          moment: last?.moment ?? null,
          /** When it was evaluated before, if it was. */
          evaluatedBefore: all.slice(0, -1).map(({ at }) => at),
        },
      ];
    });
}

/** As the index has them; what it does not know comes last, by its name. */
function place(name: string): number {
  const at = gates.findIndex((gate) => gate.name === name);
  return at === -1 ? gates.length : at;
}

const titleOf = (name: string) => gates.find((gate) => gate.name === name)?.title ?? name;
