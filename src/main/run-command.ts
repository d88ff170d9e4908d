import type { Command } from 'commander';
import pc from 'picocolors';
import { exitCodeOf } from '../cli/exit-codes.ts';
import { renderError } from '../cli/render/error.ts';
import type { Terminal } from '../cli/terminal.ts';
import { errorLines, outputLines } from './lines.ts';

/** Makes the command for the words that it was called with, of which it loads what these call. */
export type CommandFor = (args: readonly string[], terminal: Terminal) => Promise<Command>;

/** Runs what this process was called with. `isServerVerb`: it runs a part of Gantry, and ends with 1 whatever fails. */
export async function runCommand(
  commandFor: CommandFor,
  isServerVerb: (args: readonly string[]) => boolean,
): Promise<void> {
  // Node takes itself apart after this, and was seen to spin there for ever over a connection that was half closed. What was
  // to be written has been written by now.
  process.once('exit', () => process.exit());

  const say = (line: string) => outputLines.write(`${line}\n`);
  const args = process.argv.slice(2);
  try {
    const paint = pc.createColors(process.stdout.isTTY && pc.isColorSupported);
    const program = await commandFor(args, { say, paint });
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    const paint = pc.createColors(process.stderr.isTTY && pc.isColorSupported);
    const isClient = !isServerVerb(args);
    for (const line of renderError(error, paint, isClient)) errorLines.write(`${line}\n`);
    // What was still being started ends with this process.
    process.exit(isClient ? exitCodeOf(error) : 1);
  }
}
