import { expect, it } from 'vitest';
import { withFirstSamples } from '../../../../src/workflows/deployment/first-samples.ts';
import type { Stopped } from '../../../../src/workflows/engine/stopped.ts';

/** What happens in turn where the first evaluation finds no monitor, and a slot is found for one, or none in time. */
async function seen(isTaken: boolean) {
  const all: string[] = [];
  const monitor = {
    start: () => void all.push('start'),
    taken: async () => {
      all.push('wait for a slot');
      return isTaken;
    },
  };
  const evaluate = async () => {
    all.push('evaluate');
    return all.length === 2 ? ('unwatched' as const) : ('sound' as const);
  };
  const end = await withFirstSamples({ monitor }, Date.now() + 1_000, evaluate).catch(
    ({ stopCause }: Stopped) => stopCause,
  );
  return { all, end };
}

it('evaluates anew once a worker has a free slot for the health monitor', async () => {
  const all = ['start', 'evaluate', 'wait for a slot', 'start', 'evaluate'];
  await expect(seen(true)).resolves.toEqual({ all, end: 'sound' });
});

it('expires where no worker has a free slot in time', async () => {
  const all = ['start', 'evaluate', 'wait for a slot'];
  await expect(seen(false)).resolves.toMatchObject({ all, end: { kind: 'expired' } });
});
