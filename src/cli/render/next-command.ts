import type { components } from '../../contract/paths.ts';
import { plain } from '../terminal.ts';

type Status = components['schemas']['Status'];
type Wait = Status['waitingFor'][number];

/** What ends a wait, as somebody types it who may: `gantry approve shop/production`; null where nobody is waited for. */
export function nextCommand({ service, environment }: Status, { kind, step = '' }: Wait): string | null {
  const target = plain(`${service}/${environment}`);
  switch (kind) {
    case 'approval':
      return `gantry approve ${target}`;
    case 'gate':
      return `gantry approve ${target} --gate ${plain(step)}`;
    case 'readiness':
    case 'handoff':
      return `gantry acknowledge ${target} --for ${kind}`;
    case 'manual':
      return `gantry complete ${target} --step ${plain(step)}`;
    case 'pause':
      return `gantry resume ${target}`;
    default:
      return null;
  }
}
