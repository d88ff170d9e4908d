import { dynamicConfigValues } from '../../temporal/dev-server/dev-server.ts';
import type { Pace } from '../../temporal/pace.ts';
import { clockFinding } from './clock.ts';
import { type Findings, ok, warning } from './finding.ts';

/** With its usual settings a server lets timers fire about a second late. */
const lateMs = 400;

/** How punctual the server's timers are, as measured, and how its clock goes. */
export function judgePace({ timerLateMs, clockOffsetMs }: Pace): Findings {
  const late = `A timer fires ${Math.max(0, Math.round(timerLateMs))} ms late`;
  const slow = dynamicConfigValues.filter((value) => value.startsWith('history.')).join(', ');
  return [
    timerLateMs < lateMs
      ? ok('timers', `${late}.`)
      : warning(
          'timers',
          `${late}: holds, retries and rollbacks are slower than they need be.`,
          `set in the server's dynamic configuration: ${slow}`,
        ),
    clockFinding('Temporal', clockOffsetMs),
  ];
}
