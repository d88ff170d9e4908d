import type { CommandUser } from './command-user.ts';
import { removeScratch, scratchFolder, scratchFolderOf } from './scratch.ts';

/** Where a command runs. */
export interface WorkingFolder {
  readonly path: string;
  /** Call it when the command has ended. Never fails. */
  readonly leave: () => Promise<void>;
}

/** A command runs in the folder of its procedure, and one of an inline procedure, which has none (null), in an empty one of its own. */
export async function workingFolder(ofProcedure: string | null, user: CommandUser | null): Promise<WorkingFolder> {
  if (ofProcedure !== null) return { path: ofProcedure, leave: () => Promise.resolve() };
  const empty = await (user ? scratchFolderOf(user) : scratchFolder());
  // What the command did is known by then; a folder that resists must not make that unknown.
  return { path: empty, leave: () => removeScratch(empty).catch(() => undefined) };
}
