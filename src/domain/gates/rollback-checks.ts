import { verdictOr } from '../plan/waivers.ts';
import { evaluated, gate } from './gate.ts';

const required = 'what a rollback returns to is there';

/** The rollback checks run once before anything is changed: they would prove nothing if they did not pass then. */
export const rollbackChecks = gate({
  name: 'rollback-checks',
  title: 'Previous release is there',
  absence: ({ change }) => (change.initial ? 'the first deployment has nothing to return to' : null),
  evaluate: {
    grant: (plan, { rollback }) => {
      const planned = plan.rollback.verify.length;
      const passed = rollback.filter(({ verdict }) => verdict === 'passed').length;
      const verdict = verdictOr(plan, 'rollback-checks', passed === planned);
      const why = 'the rollback checks do not pass, so there is nothing sound to return to';
      const found = `${passed} of ${planned} rollback checks passed`;
      return evaluated({ required, found, verdict }, verdict === 'failed' ? why : null);
    },
  },
  preview: () => ({
    state: 'waiting',
    required,
    found: 'not measured yet: the deployment does so once it holds the target',
  }),
  waivedBy: 'rollback-checks',
});
