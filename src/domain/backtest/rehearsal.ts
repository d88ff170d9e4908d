import { formatDuration } from '../base/duration.ts';
import { type Begun, type Evaluation, lastGate, waives } from './evaluation.ts';

/** The rehearsal that a change stood on: where it was, and how long ago. Where none was required, none was journaled. */
export function evaluateRehearsed(past: Begun): Partial<Evaluation> {
  const { rules, root } = past;
  if (!rules.rehearsal) return {};
  const gate = lastGate(past, 'rehearsal');
  if (gate?.proof?.kind !== 'rehearsal') return { notEvaluated: ['rehearsal'] };
  const { environment, maxAge } = rules.rehearsal;
  const refused = (key: 'environment' | 'maxAge', why: string) => ({
    refusals: [{ rule: `${root}/rehearsal/${key}`, why }],
  });
  const rehearsed = gate.proof;
  if (rehearsed.environment !== environment)
    return refused('environment', `it was rehearsed in ${rehearsed.environment}, not in ${environment}`);
  const ageMs = Date.parse(gate.at) - Date.parse(rehearsed.verifiedAt);
  if (ageMs <= maxAge || waives(past, 'rehearsal-age')) return {};
  return refused('maxAge', `its rehearsal was ${formatDuration(ageMs)} old, more than ${formatDuration(maxAge)}`);
}
