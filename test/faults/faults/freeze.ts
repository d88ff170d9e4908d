import { setTimeout as delay } from 'node:timers/promises';
import type { FaultKind } from '../stage.ts';

/** Somebody stops the line for this service, and lifts the freeze again. */
export const freeze: FaultKind = {
  name: 'freeze',
  draw: (random) => ({
    at: random.pick([
      { kind: 'entry', type: 'plan-frozen' },
      { kind: 'entry', type: 'approval-granted' },
      { kind: 'entry', type: 'lock-granted' },
    ] as const),
    how: { ms: 500 + random.int(2_500) },
  }),
  async begin({ people, deployment, later }, { how }) {
    const [service = '', environment = ''] = deployment.split('.');
    const act = async () => {
      const body = { scope: { kind: 'target', service, environment }, reason: 'an incident elsewhere' };
      const { id } = await people.need<{ id: string }>('key:carol', 'POST', '/v1/freezes', body, {
        'idempotency-key': `freeze-${deployment}`,
      });
      await delay(Number(how['ms']));
      await people.need('key:carol', 'DELETE', `/v1/freezes/${id}`, { reason: 'it is over' });
    };
    later(act());
  },
};
