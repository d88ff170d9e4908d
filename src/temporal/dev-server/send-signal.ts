/** Signals a process, or with a negative id a whole group. Does nothing where it has ended already. */
export function sendSignal(pid: number | null | undefined, signal: NodeJS.Signals): void {
  if (pid === null || pid === undefined) return;
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself in this moment.
  }
}
