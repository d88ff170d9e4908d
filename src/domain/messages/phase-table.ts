import { type Phase, phases } from '../base/phases.ts';
import type { MessageName } from './messages.ts';

type Answer = 'accepted' | 'too-early' | 'too-late' | 'wrong-phase' | 'ended';
type Row = { readonly [phase in Phase]: Answer };

function row(answers: Partial<Row>, otherwise: Answer): Row {
  const answer = (phase: Phase) => (phase === 'ended' ? 'ended' : (answers[phase] ?? otherwise));
  return Object.fromEntries(phases.map((phase) => [phase, answer(phase)])) as Row;
}

const beforeFirstChange = (answer: Answer) => ({
  verifying: answer,
  'awaiting-approval': answer,
  'awaiting-window': answer,
  'awaiting-target': answer,
});
const decision = row({ ...beforeFirstChange('accepted'), executing: 'accepted' }, 'wrong-phase');
/** A step or a phase follows, before which a pause can act; the end of monitoring confirms, and nothing holds that up. */
const withSomethingNext = row(
  { ...beforeFirstChange('accepted'), executing: 'accepted', validating: 'accepted', documenting: 'accepted' },
  'wrong-phase',
);

/** For each message and phase: accepted, or refused with which code. What a phase accepts may still not be wanted. */
export const phaseTable: { readonly [name in MessageName]: Row } = {
  approve: decision,
  reject: decision,
  withdraw: decision,
  abort: row({ 'handing-over': 'too-late' }, 'accepted'),
  pause: withSomethingNext,
  resume: withSomethingNext,
  acknowledge: row({}, 'accepted'),
  'complete-step': row({ ...beforeFirstChange('too-early'), executing: 'accepted' }, 'wrong-phase'),
  note: row({}, 'accepted'),
};
