import type { RehearsalFinding } from '../rehearsal/counts-as-proof.ts';
import { evaluated, faultWord, gate } from './gate.ts';

/** Whether the way back was rehearsed. */
export const rehearsal = gate({
  name: 'rehearsal',
  title: 'Rollback rehearsed',
  absence: ({ policy }) => (policy.rehearsal ? null : 'not asked for'),
  evaluate: {
    request: (_, found) => evaluatedRehearsal(found.rehearsal),
    grant: (_, found) => evaluatedRehearsal(found.rehearsal),
  },
  preview: ({ policy }, facts) => {
    const { verdict, required, found, isUnverified, who } = facts.rehearsal;
    if (verdict === 'passed' && isUnverified)
      return {
        state: 'waiting',
        required,
        found: `${found}: it counts unless a worker that has the key finds it false`,
      };
    if (verdict !== 'failed') return { state: verdict, required, found };
    const how = `request one: "mode": "rehearsal", "environment": "${policy.rehearsal?.environment ?? ''}"`;
    return { state: 'blocked', required, found, reason: `${found}; ${how}`, who };
  },
  waivedBy: 'rehearsal-age',
});

function evaluatedRehearsal(finding: RehearsalFinding) {
  const { verdict, fault, found } = finding;
  return evaluated(finding, verdict === 'failed' ? `rehearsal ${faultWord(fault)} (${found})` : null);
}
