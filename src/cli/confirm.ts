import { createInterface } from 'node:readline/promises';

/** Asks whoever sits at the terminal, beside the output; anything but `y` or `yes` is no. Ctrl-C ends the process (130). */
export async function confirmOnTerminal(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.once('SIGINT', () => process.exit(130));
  // Whoever closes the input has not agreed to anything.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const answer = await Promise.race([terminal.question(`${question} [y/N] `), closed]);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
