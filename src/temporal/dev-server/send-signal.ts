/** Signals a process, or with a negative id a whole group. One that has ended already is none of our worries. */
export function sendSignal(pid: number | null | undefined, signal: NodeJS.Signals): void {
  if (pid === null || pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in this moment.
  }
}
