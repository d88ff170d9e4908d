import type { Standing } from '../policy/standing-approvals.ts';
import { evaluated, gate } from './gate.ts';
import { asksForQuorum } from './preview-people.ts';

/** The approval of the start. A standard change stands on one that was given before. */
export const approval = gate({
  name: 'approval',
  title: 'Stakeholder approval',
  absence: () => null,
  evaluate: {
    approval: ({ policy: { standing, approvals } }, found) => {
      if (standing) return evaluated({ ...standingWords(standing), verdict: 'passed' });
      const { rules } = approvals;
      const given = found.approvals.filter(({ gate }) => gate === 'start').length;
      return evaluated(
        {
          required: rules.map(({ role, minimum }) => `${minimum} ${role}`).join(', '),
          found: `${given} of ${rules.reduce((sum, { minimum }) => sum + minimum, 0)}`,
          verdict: found.isInTime ? 'passed' : 'failed',
        },
        found.isInTime ? null : 'not approved before approvals expire',
      );
    },
    // What people have given lapses one by one, which sends the deployment back to them.
    grant: ({ policy: { standing } }, { standing: fault }) => {
      if (!standing) return null;
      const { required, found } = standingWords(standing);
      if (!fault) return evaluated({ required, found, verdict: 'passed' });
      return evaluated({ required, found: fault.summary, verdict: 'failed' }, fault.summary);
    },
  },
  preview: (plan) => {
    const { standing } = plan.policy;
    return standing ? { state: 'passed', ...standingWords(standing) } : asksForQuorum(plan, 'start');
  },
  // An emergency that waives the quorum has fewer rules; their approval is waived by nothing.
  waivedBy: null,
});

function standingWords({ approvedBy, digest, until }: Standing) {
  const by = approvedBy.map(({ subject, role }) => `${subject} as ${role}`).join(', ');
  return { required: `a standing approval of procedure ${digest}`, found: `by ${by}, until ${until}` };
}
