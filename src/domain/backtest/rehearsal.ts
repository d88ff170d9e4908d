import { formatDuration } from '../base/duration.ts';
import { type Begun, type Evaluation, lastGate, waives } from './evaluation.ts';

/** The rehearsal that a change stood on: where it was, and how long ago. Where none was asked for, nobody looked for one. */
export function evaluateRehearsed(past: Begun): Partial<Evaluation> {
  const { rules, root, plan } = past;
  if (!rules.rehearsal) return {};
  const gate = lastGate(past, 'rehearsal');
  const asked = plan.policy.rehearsal;
  // As `evaluateRehearsal` writes it.
  const verifiedAt = Date.parse(/ undone, verified (\S+Z), /.exec(gate?.found ?? '')?.[1] ?? '');
  if (!gate || !asked || Number.isNaN(verifiedAt)) return { notEvaluated: ['rehearsal'] };
  const { environment, maxAge } = rules.rehearsal;
  const refused = (key: 'environment' | 'maxAge', why: string) => ({
    refusals: [{ rule: `${root}/rehearsal/${key}`, why }],
  });
  if (asked.environment !== environment)
    return refused('environment', `it was rehearsed in ${asked.environment}, not in ${environment}`);
  const ageMs = Date.parse(gate.at) - verifiedAt;
  if (ageMs <= maxAge || waives(past, 'rehearsal-age')) return {};
  return refused('maxAge', `its rehearsal was ${formatDuration(ageMs)} old, more than ${formatDuration(maxAge)}`);
}
