import { messageOf } from '../../domain/base/errors.ts';
import { parseTarget } from '../../domain/base/ids.ts';
import { describeWindows, evaluateWindow } from '../../domain/policy/calendar/evaluate-window.ts';
import type { Freeze } from '../../domain/policy/freezes-by-people.ts';
import type { WindowFinding } from '../../domain/policy/windows-schema.ts';
import type { ActionInput } from '../../domain/ports/effects.ts';
import type { AwaitWindowInput } from '../../domain/ports/gates.ts';
import { timeZoneData } from '../../system/time-zone-data.ts';
import type { ActivityDeps } from '../deps.ts';
import { throwIfShutDown, whileBeating } from '../engine/heartbeat.ts';
import { type Patience, patiently } from '../engine/store-patience.ts';
import type { CurrentRules } from './current-rules.ts';

/** How often it beats, in milliseconds. */
const everyMs = 1_000;

/** Waits for another finding than the known one, however long, in one activity. */
export function awaitWindow(
  deps: ActivityDeps,
  currentRules: CurrentRules,
  input: AwaitWindowInput,
): Promise<WindowFinding> {
  return whileBeating(async (signal) => {
    let found = await windowNow(deps, input);
    while (!found.open && isKnown(input, found)) {
      // All that wait share one query of the freezes; the clock may open it, too.
      found = evaluated(input, await currentRules.freezesOf(input.service, input.environment), deps.now());
      throwIfShutDown(signal);
      signal.throwIfAborted();
    }
    return found;
  }, everyMs);
}

function isKnown({ known }: AwaitWindowInput, found: WindowFinding): boolean {
  return !found.open && known?.open === false && known.why === found.why && known.opensAt === found.opensAt;
}

/** The window by the plan's rules, the freezes that hold as the store has them, and the clock. Throws `store-unavailable`. */
export async function windowNow(
  { store, now }: ActivityDeps,
  { service, environment, windows }: Pick<AwaitWindowInput, 'service' | 'environment' | 'windows'>,
): Promise<WindowFinding> {
  const at = now();
  const freezes = await store.freezesOf(service, environment, new Date(at).toISOString());
  return evaluated({ windows }, freezes, at);
}

function evaluated(
  { windows }: Pick<AwaitWindowInput, 'windows'>,
  freezes: readonly Freeze[],
  at: number,
): WindowFinding {
  return { ...evaluateWindow(windows, freezes, at), required: describeWindows(windows, timeZoneData(at)) };
}

/** Why the window is closed for a deployment that has begun, which needs no runway; null: it is open. */
export async function windowClosed(
  deps: ActivityDeps,
  { runIdentity, windows }: Pick<ActionInput, 'runIdentity' | 'windows'>,
  patience: Patience,
): Promise<string | null> {
  const asked = { ...parseTarget(runIdentity.target), windows: windows && { ...windows, runwayMs: 0 } };
  try {
    const found = await patiently(patience, () => windowNow(deps, asked));
    return found.open ? null : found.why;
  } catch (error) {
    return `nobody could tell: ${messageOf(error)}`;
  }
}
