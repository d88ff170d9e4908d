import pc from 'picocolors';
import { GantryError } from '../domain/base/errors.ts';
import { errorLines, outputLines } from './lines.ts';
import { commandFor } from './verbs.ts';

// Node takes itself apart after this, and was seen to spin there for ever over a connection that was half closed. What was
// to be written has been written by now.
process.once('exit', () => process.exit());

const say = (line: string) => outputLines.write(`${line}\n`);

/** The error's code and message, one line for each finding; a stack trace only for what is no GantryError. */
function explain(error: unknown): string {
  if (!(error instanceof GantryError)) return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const findings = error.issues.filter(({ detail }) => !error.message.includes(detail));
  return [
    `${pc.red(error.code)}: ${error.message}`,
    ...findings.map(({ pointer, detail }) => `  ${pointer}: ${detail}`),
  ].join('\n');
}

try {
  const args = process.argv.slice(2);
  const paint = pc.createColors(process.stdout.isTTY && pc.isColorSupported);
  const program = await commandFor(args, { say, paint });
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  errorLines.write(`${explain(error)}\n`);
  // What was still being started ends with this process.
  process.exit(1);
}
