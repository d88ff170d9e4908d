import { describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { notifyWithRefused } from '../../../../src/activities/notifications/notify-with-refused.ts';
import type { NotifyInput } from '../../../../src/domain/kinds/notification.ts';

const input = { notification: { deployment: 'shop.production.1' }, to: [] } as unknown as NotifyInput;
const refused = [{ message: 'approve', by: 'key:alice', code: 'self-approval', times: 3 }];
/** What is answered where the store says this of the deployment. */
const told = (more: object, answer: () => Promise<unknown>) => {
  const store = { refusedMessagesOf: (id: string) => (id === 'shop.production.1' ? answer() : Promise.resolve([])) };
  const deps: unknown = { store, notify: async () => ['delivered'] };
  return notifyWithRefused(deps as ActivityDeps, { ...input, ...more });
};

describe('telling people', () => {
  it('answers what was refused beside it where that is asked for, and what became of it alone elsewhere', async () => {
    const ask = () => Promise.resolve(refused);
    expect(await told({ withRefused: true }, ask)).toEqual({ deliveries: ['delivered'], refused });
    expect(await told({}, ask)).toEqual(['delivered']);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['is away', () => Promise.reject(new Error('away'))],
    ['says nothing', () => new Promise(() => undefined)],
  ])('waits for no store that %s', async (_, answer) => {
    expect(await told({ withRefused: true }, answer)).toEqual({ deliveries: ['delivered'], refused: [] });
  });
});
