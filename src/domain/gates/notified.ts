import { reachedBy } from '../journal/deliveries.ts';
import { evaluated, gate } from './gate.ts';

const required = 'stakeholders notified of the request';

/** People count, not ways to them: whoever has the mail knows, also where the chat is down. */
export const notified = gate({
  name: 'notified',
  title: 'Stakeholders notified',
  absence: () => null,
  evaluate: {
    request: (_, { deliveries }) => {
      const told = reachedBy(deliveries);
      const reached = told.filter((one) => one === 'reached').length;
      const isPassed = told.length > 0 && reached === told.length;
      const found = `${reached} of ${told.length} reached`;
      const why = isPassed ? null : `stakeholders notified: ${reached} of ${told.length}`;
      return evaluated({ required, found, verdict: isPassed ? 'passed' : 'failed' }, why);
    },
  },
  preview: () => ({ state: 'waiting', required, found: 'not notified yet: the deployment notifies them first of all' }),
  waivedBy: null,
});
