import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { runUntilSignal } from '../../../src/main/run-until-signal.ts';

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
const before = signals.map((signal) => process.listeners(signal));
// Its end of the process is behind a timer, which does not come here.
beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  for (const [i, signal] of signals.entries())
    for (const listener of process.listeners(signal))
      if (!before[i]?.includes(listener)) process.removeListener(signal, listener);
});

it('what runs in a terminal that is closed ends in good order, however often it hears of it', async () => {
  const stop = vi.fn(() => Promise.resolve());
  const onHangUp = vi.fn(() => 'ends' as const);
  const ended = runUntilSignal(() => Promise.resolve({ stop }), { onHangUp });
  process.emit('SIGHUP');
  process.emit('SIGHUP');
  await ended;
  expect(stop).toHaveBeenCalledOnce();
  expect(onHangUp).toHaveBeenCalledOnce();
});

it('what is to stay outlives its terminal, until it is told to end', async () => {
  const stop = vi.fn(() => Promise.resolve());
  const ended = runUntilSignal(() => Promise.resolve({ stop }), { onHangUp: () => 'stays' });
  process.emit('SIGHUP');
  await vi.advanceTimersByTimeAsync(0);
  expect(stop).not.toHaveBeenCalled();
  process.emit('SIGTERM');
  await ended;
  expect(stop).toHaveBeenCalledOnce();
});
