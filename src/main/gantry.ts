import pc from 'picocolors';
import { exitCodeOf } from '../cli/exit-codes.ts';
import { renderError } from '../cli/render/error.ts';
import { errorLines, outputLines } from './lines.ts';
import { commandFor, isServerVerb } from './verbs.ts';

// Node takes itself apart after this, and was seen to spin there for ever over a connection that was half closed. What was
// to be written has been written by now.
process.once('exit', () => process.exit());

const say = (line: string) => outputLines.write(`${line}\n`);

try {
  const args = process.argv.slice(2);
  const paint = pc.createColors(process.stdout.isTTY && pc.isColorSupported);
  const program = await commandFor(args, { say, paint });
  await program.parseAsync(args, { from: 'user' });
} catch (error) {
  const paint = pc.createColors(process.stderr.isTTY && pc.isColorSupported);
  const isClient = !isServerVerb(process.argv.slice(2));
  for (const line of renderError(error, paint, isClient)) errorLines.write(`${line}\n`);
  // What was still being started ends with this process.
  process.exit(isClient ? exitCodeOf(error) : 1);
}
