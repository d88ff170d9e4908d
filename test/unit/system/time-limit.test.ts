import { describe, expect, it } from 'vitest';
import { holdSignal, withinLimit } from '../../../src/system/time-limit.ts';
import { amidGarbageCollection } from '../../support/collect-garbage.ts';

const aborted = (signal: AbortSignal) =>
  new Promise<unknown>((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

describe('a held signal', () => {
  it('is aborted by its limit, whatever is collected meanwhile', async () => {
    const held = holdSignal([new AbortController().signal], 100);
    const reason = await amidGarbageCollection(() => aborted(held.signal));
    expect(reason).toMatchObject({ name: 'TimeoutError' });
    expect(held.isOverdue()).toBe(true);
  });

  it('is aborted by the first of the others, with its reason, and is not overdue then', () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const held = holdSignal([one.signal, other.signal], 10_000);
    other.abort('enough');
    expect(held.signal.aborted).toBe(true);
    expect(held.signal.reason).toBe('enough');
    expect(held.isOverdue()).toBe(false);
    expect(holdSignal([other.signal]).signal.reason).toBe('enough');
  });

  it('is never aborted any more once it was let go', async () => {
    const other = new AbortController();
    const held = holdSignal([other.signal], 20);
    held.release();
    other.abort();
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(held.signal.aborted).toBe(false);
  });

  it('may have a limit beyond what a timer counts to', async () => {
    const held = holdSignal([], 90 * 24 * 3_600_000);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(held.signal.aborted).toBe(false);
    held.release();
  });
});

describe('work within a limit', () => {
  it('ends at the limit, even where it ignores its signal', async () => {
    const deaf = () => new Promise<string>(() => {});
    await expect(amidGarbageCollection(() => withinLimit(100, deaf))).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('answers what it answers before', async () => {
    expect(await withinLimit(10_000, async (signal) => signal.aborted)).toBe(false);
  });
});
