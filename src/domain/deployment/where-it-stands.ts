import type { Wait } from '../journal/waits.ts';
import type { DeploymentState } from './state.ts';

/** The phase of a deployment and what it waits for, as a sentence: `It is in executing and waits for gate go.` */
export function whereItStands({ phase, waits }: Pick<DeploymentState, 'phase' | 'waits'>): string {
  if (phase === 'ended') return 'It has ended.';
  const waiting = waits.map(({ kind, step }) => (step === undefined ? words[kind] : `${words[kind]} ${step}`));
  return `It is in ${phase}${waiting.length === 0 ? ', and waits for nobody' : ` and waits for ${waiting.join(' and ')}`}.`;
}

const words: { readonly [kind in Wait['kind']]: string } = {
  notification: 'the delivery of notifications',
  readiness: 'readiness',
  approval: 'approval at gate start',
  window: 'its window',
  target: 'its target',
  hold: 'the hold of step',
  gate: 'approval at gate',
  manual: 'manual step',
  pause: 'somebody to resume it',
  monitoring: 'the end of its monitoring period',
  handoff: 'the handoff',
};
