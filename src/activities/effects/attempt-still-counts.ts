import type { Info } from '@temporalio/activity';
import { GantryError } from '../../domain/base/errors.ts';
import type { ActivityDeps } from '../deps.ts';

/**
 * Whether the attempt that runs now still counts, to be asked right before its effect. Throws `lost-attempt` when it
 * does not, `engine-unavailable` when Temporal does not answer: nothing may happen then.
 *
 * A process that was stopped, or cut off for longer than the heartbeat timeout, has been given up without knowing it,
 * and another attempt acts in its place. No clock of its own shows that: the task itself may have arrived late. So Temporal is
 * asked, at once, beside whatever else is evaluated; the question renews the attempt, and its answer is good for half the
 * heartbeat timeout from the moment it was asked.
 */
export function confirmation(
  { attempts, now }: Pick<ActivityDeps, 'attempts' | 'now'>,
  { taskToken, heartbeatTimeoutMs = 2_000 }: Pick<Info, 'taskToken' | 'heartbeatTimeoutMs'>,
  signal: AbortSignal,
): () => Promise<void> {
  const goodForMs = heartbeatTimeoutMs / 2;
  const ask = () => {
    const [ticks, time] = [performance.now(), now()];
    const answer = attempts.stillCounts(taskToken, goodForMs);
    answer.catch(() => undefined); // thrown where it is awaited
    // A machine that sleeps stops the one clock, setting the time moves the other.
    return { answer, ageMs: () => Math.max(performance.now() - ticks, now() - time) };
  };
  let last = ask();
  return async () => {
    do {
      if (last.ageMs() > goodForMs) last = ask();
      if (!(await last.answer) || signal.aborted)
        throw new GantryError('lost-attempt', 'Temporal has given this attempt up, or wants it to stop.');
    } while (last.ageMs() > goodForMs);
  };
}
