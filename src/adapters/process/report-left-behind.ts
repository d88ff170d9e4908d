import { readdir, readFile } from 'node:fs/promises';
import { codeOf } from '../../system/error-code.ts';
import { OutputTape } from './captured-output.ts';

/** Processes that a command had started and that still ran when it ended by itself. */
export interface LeftBehind {
  /** Null: this system does not list processes. */
  readonly ended: number | null;
  /** What could not be ended: its rights are not this process's. */
  readonly notEnded: number;
  /** Program and arguments of the first few, cut and masked. */
  readonly commands: readonly string[];
}

/** So many are named. */
const maxNamed = 5;
/** A command line is cut to so many characters. */
const maxNameLength = 80;
/** The search ends after this time, in milliseconds, however many it has found: ending them does not wait for it. */
const searchMs = 250;
/** So many are looked at side by side. */
const atOnce = 32;

/** Lists the group of a command that has ended: its members were left behind. Returns how to report them once they were ended. */
export async function lookBehind(
  group: number,
  mask: (text: string) => string,
): Promise<() => Promise<LeftBehind | null>> {
  if (!isThere(group)) return () => Promise.resolve(null);
  const members = await membersOf(group);
  if (members === null) return () => Promise.resolve({ ended: null, notEnded: 0, commands: [] });
  const commands = await Promise.all(members.slice(0, maxNamed).map((pid) => commandLine(pid, mask)));
  return async () => {
    const still = await Promise.all(members.map((pid) => isMember(pid, group)));
    const notEnded = still.filter(Boolean).length;
    return members.length === 0 ? null : { ended: members.length - notEnded, notEnded, commands };
  };
}

/** How a command ended, and what it left: `exit 0; 2 processes left behind were ended: sleep 600, node server.js`. */
export function alsoLeft(summary: string, left: LeftBehind | null): string {
  return left === null ? summary : `${summary}; ${inWords(left)}`;
}

function inWords({ ended, notEnded, commands }: LeftBehind): string {
  if (ended === null) return 'processes left behind were ended';
  const unnamed = ended + notEnded - commands.length;
  const names = `${commands.join(', ')}${unnamed > 0 ? ` and ${unnamed} more` : ''}`;
  const left = (count: number) => `${count} ${count === 1 ? 'process' : 'processes'} left behind`;
  if (notEnded === 0) return `${left(ended)} ${ended === 1 ? 'was' : 'were'} ended: ${names}`;
  return `${left(ended + notEnded)}, of which ${notEnded} could not be ended: ${names}`;
}

/** Also where it may not be signalled. */
function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Ids of the living processes of a group, or null where nothing lists them. */
async function membersOf(group: number): Promise<readonly number[] | null> {
  const until = performance.now() + searchMs;
  const names = await readdir('/proc').catch((): string[] => []);
  const all = names.filter((name) => /^\d+$/.test(name)).map(Number);
  if (all.length === 0) return null;
  // Children have later ids than the head of their group, until ids begin anew.
  const ids = [...all.filter((id) => id > group), ...all.filter((id) => id < group)];
  const found: number[] = [];
  for (let at = 0; at < ids.length && performance.now() < until; at += atOnce) {
    const some = ids.slice(at, at + atOnce);
    const areMembers = await Promise.all(some.map((id) => isMember(id, group)));
    found.push(...some.filter((_, i) => areMembers[i]));
  }
  return found;
}

/** Whether a process lives in a group. Those that have ended and wait to be collected do not. */
async function isMember(pid: number, group: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // `pid (name) state parent group …`; a name may have brackets and spaces.
  const [state, , ofGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ofGroup === String(group) && state !== 'Z' && state !== 'X';
}

async function commandLine(pid: number, mask: (text: string) => string): Promise<string> {
  const tape = new OutputTape();
  tape.take(await readFile(`/proc/${pid}/cmdline`).catch(() => Buffer.alloc(0)));
  const whole = tape.masked((text) => mask(text.replaceAll('\0', ' '))).start.trim();
  if (whole === '') return `process ${pid}`;
  return whole.length > maxNameLength ? `${whole.slice(0, maxNameLength - 1).toWellFormed()}…` : whole;
}
