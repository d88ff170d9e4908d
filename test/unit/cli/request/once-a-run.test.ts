import { beforeEach, describe, expect, it } from 'vitest';
import type { Status } from '../../../../src/cli/render/status.ts';
import { requestOnceARun } from '../../../../src/cli/request/once-a-run.ts';

/** What was requested, by its key, in that order. */
let requested: Map<string, Pick<Status, 'id' | 'outcome'>>;
let live: string | null;
beforeEach(() => {
  requested = new Map();
  live = null;
});

const [first, second, third] = ['attempt 1', 'attempt 2', 'attempt 3'];
const end = (id: string, outcome: Status['outcome']) => {
  for (const [key, status] of requested) if (status.id === id) requested.set(key, { id, outcome });
  if (outcome === 'succeeded') live = id;
};

/** As the API does: one deployment a key. */
async function ask(key: string): Promise<Status> {
  const status = requested.get(key) ?? { id: `shop.production.${requested.size + 1}`, outcome: null };
  requested.set(key, status);
  return status as Status;
}
const attempt = async (...keys: readonly string[]) =>
  (await requestOnceARun(keys, ask, async ({ id }) => id === live)).id;

describe('a deployment that a run of a pipeline requests', () => {
  it('is taken up by a repeated job, in the same attempt and in later ones, while it is open', async () => {
    const id = await attempt(first);
    expect([await attempt(first), await attempt(first, second)]).toEqual([id, id]);
    expect([...requested.keys()]).toEqual([first]);
  });

  it('is taken as it is where it has succeeded and still serves', async () => {
    const id = await attempt(first);
    end(id, 'succeeded');
    expect([await attempt(first), await attempt(first, second)]).toEqual([id, id]);
  });

  it.each(['rolled-back', 'rejected', 'expired', 'needs-intervention'] as const)(
    'is requested anew by a later attempt, and by no repeat of the same one, where it ended as %s',
    async (outcome) => {
      const id = await attempt(first);
      end(id, outcome);
      expect(await attempt(first)).toBe(id);
      const anew = await attempt(first, second);
      expect(anew).not.toBe(id);
      expect(await attempt(first, second, third)).toBe(anew);
    },
  );

  it('is requested anew, once, where another release serves by now', async () => {
    const id = await attempt(first);
    end(id, 'succeeded');
    live = 'shop.production.9';
    const anew = await attempt(first);
    expect(anew).not.toBe(id);
    expect(await attempt(first)).toBe(anew);
    end(anew, 'succeeded');
    expect(await attempt(first, second)).toBe(anew);
  });
});
