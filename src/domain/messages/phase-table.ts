import { type Phase, phases } from '../base/phases.ts';
import type { MessageName } from './messages.ts';

type Answer = 'accepted' | 'too-early' | 'too-late' | 'wrong-phase' | 'ended';
function row(
  answers: Partial<Record<Phase, Answer>>,
  otherwise: Answer,
): {
  readonly [phase in Phase]: Answer;
} {
  return Object.fromEntries(
    phases.map((phase) => [phase, phase === 'ended' ? 'ended' : (answers[phase] ?? otherwise)]),
  ) as {
    [phase in Phase]: Answer;
  };
}
const beforeFirstChange = {
  verifying: 'accepted',
  'awaiting-approval': 'accepted',
  'awaiting-window': 'accepted',
  'awaiting-target': 'accepted',
} as const;
const notYet = {
  verifying: 'too-early',
  'awaiting-approval': 'too-early',
  'awaiting-window': 'too-early',
  'awaiting-target': 'too-early',
} as const;
/** A step or a phase follows, before which a pause can act; the end of monitoring confirms, and nothing holds that up. */
const withSomethingNext = {
  ...beforeFirstChange,
  executing: 'accepted',
  validating: 'accepted',
  documenting: 'accepted',
} as const;
/** For each message and phase: accepted, or refused with which code. What a phase accepts may still not be wanted. */

export const phaseTable: {
  readonly [name in MessageName]: {
    readonly [phase in Phase]: Answer;
  };
} = {
  approve: row({ ...beforeFirstChange, executing: 'accepted' }, 'wrong-phase'),
  reject: row({ ...beforeFirstChange, executing: 'accepted' }, 'wrong-phase'),
  withdraw: row({ ...beforeFirstChange, executing: 'accepted' }, 'wrong-phase'),
  abort: row({ 'handing-over': 'too-late' }, 'accepted'),
  pause: row(withSomethingNext, 'wrong-phase'),
  resume: row(withSomethingNext, 'wrong-phase'),
  acknowledge: row({}, 'accepted'),
  'complete-step': row({ ...notYet, executing: 'accepted' }, 'wrong-phase'),
  note: row({}, 'accepted'),
};
