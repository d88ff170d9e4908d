import { isCancel, select, text } from '@clack/prompts';
import { GantryError } from '../../domain/base/errors.ts';
import { exitCodes } from '../exit-codes.ts';
import type { Ask } from './answers.ts';
import { pipelines, templates } from './layout.ts';

const choices: Readonly<Record<string, Readonly<Record<string, { readonly says: string }>>>> = {
  template: templates,
  ci: pipelines,
};

/**
 * Asks whoever sits at the terminal, beside the output. Ctrl-C ends the process (130), and nothing was written then. Throws
 * `malformed` at the end of the input.
 */
export const askOnTerminal: Ask = async ({ key, message }, usual, check) => {
  const output = process.stderr;
  const among = choices[key];
  const asked = among
    ? select({
        message,
        output,
        initialValue: usual,
        options: Object.entries(among).map(([value, { says }]) => ({ value, label: value, hint: says })),
      })
    : text({ message, output, defaultValue: usual, placeholder: usual, validate: (value) => check(value || usual) });
  const answer = await Promise.race([asked, unanswered()]);
  if (isCancel(answer)) process.exit(exitCodes.interrupted);
  return answer;
};

/** Fails once the input has ended: a prompt hears nothing of that, and waits on while this process has nothing left to do. */
function unanswered(): Promise<never> {
  return new Promise((_, reject) => {
    process.once('beforeExit', () =>
      reject(
        new GantryError(
          'malformed',
          'The input has ended before everything was answered, and nothing was written: give the rest as options, or --yes.',
        ),
      ),
    );
  });
}
