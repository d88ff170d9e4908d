import type { components } from '../../contract/paths.ts';
import { plain } from '../terminal.ts';

type Status = components['schemas']['Status'];
type Wait = Status['waitingFor'][number];

const commands: { readonly [kind in Wait['kind']]?: (target: string, step: string) => string } = {
  approval: (target) => `gantry approve ${target}`,
  gate: (target, step) => `gantry approve ${target} --gate ${step}`,
  readiness: (target) => `gantry acknowledge ${target} --for readiness`,
  handoff: (target) => `gantry acknowledge ${target} --for handoff`,
  manual: (target, step) => `gantry complete ${target} --step ${step}`,
  pause: (target) => `gantry resume ${target}`,
};

/** What ends a wait, as somebody types it who may: `gantry approve shop/production`; null where nobody is waited for. */
export function nextCommand({ service, environment }: Status, { kind, step = '' }: Wait): string | null {
  return commands[kind]?.(plain(`${service}/${environment}`), plain(step)) ?? null;
}
