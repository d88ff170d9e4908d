import { setTimeout as delay } from 'node:timers/promises';

/** What a group gets to end by itself, in milliseconds. */
const politeMs = 2_000;
/** A killed group that is still listed after this time consists of dead entries that no parent collects. */
const collectMs = 1_000;
const lookAgainMs = 10;

/** Ends every process of a group and resolves when they are gone. */
export async function endGroup(group: number): Promise<void> {
  if (!signalGroup(group, 'SIGTERM')) return;
  if (await isGoneWithin(group, politeMs)) return;
  signalGroup(group, 'SIGKILL');
  await isGoneWithin(group, collectMs);
}

/** Answers false when there is no such group. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

async function isGoneWithin(group: number, ms: number): Promise<boolean> {
  const until = Date.now() + ms;
  while (signalGroup(group, 0)) {
    if (Date.now() > until) return false;
    await delay(lookAgainMs);
  }
  return true;
}
