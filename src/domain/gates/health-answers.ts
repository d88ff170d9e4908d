import { mayBeBad } from '../health/at-start.ts';
import { verdictOr } from '../plan/waivers.ts';
import { evaluated, gate } from './gate.ts';

const required = 'every health check answers';

/** Each health check is asked once, before people are. */
export const healthAnswers = gate({
  name: 'health-answers',
  title: 'Health checks answer',
  absence: () => null,
  evaluate: {
    request: (plan, { observed: { results } }) => {
      const silent = results.filter(({ verdict }) => verdict === 'error');
      const answered = `${results.length - silent.length} of ${plan.health.length} health checks answered`;
      // What may be bad before the change may be so by its silence, too.
      const lenient = silent.filter(({ check }) => plan.health.some((one) => one.id === check && mayBeBad(plan, one)));
      const isPassed = lenient.length === silent.length && results.length === plan.health.length;
      const verdict = verdictOr(plan, 'health-at-start', isPassed);
      const found =
        lenient.length === 0 ? answered : `${answered}; ${lenient.map(({ check }) => check).join(', ')} need not yet`;
      const words = silent.map(({ check, summary }) => `${check} (${summary})`).join(', ');
      const why = `health checks that do not answer: ${words || 'unclear'}`;
      return evaluated({ required, found, verdict }, verdict === 'failed' ? why : null);
    },
  },
  preview: () => ({
    state: 'waiting',
    required,
    found: 'not asked yet: the deployment asks each of them first of all',
  }),
  // Whether a check answers at all, and whether what it says is good.
  waivedBy: 'health-at-start',
});
