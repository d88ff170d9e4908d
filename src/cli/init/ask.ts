import { isCancel, select, text } from '@clack/prompts';
import { exitCodes } from '../exit-codes.ts';
import type { Ask } from './answers.ts';
import { pipelines, templates } from './layout.ts';

const choices: Readonly<Record<string, Readonly<Record<string, { readonly says: string }>>>> = {
  template: templates,
  ci: pipelines,
};

/** Asks whoever sits at the terminal, beside the output. Ctrl-C ends the process (130), and nothing was written then. */
export const askOnTerminal: Ask = async ({ key, message }, usual, check) => {
  const output = process.stderr;
  const among = choices[key];
  const answer = await (among
    ? select({
        message,
        output,
        initialValue: usual,
        options: Object.entries(among).map(([value, { says }]) => ({ value, label: value, hint: says })),
      })
    : text({ message, output, defaultValue: usual, placeholder: usual, validate: (value) => check(value || usual) }));
  if (isCancel(answer)) process.exit(exitCodes.interrupted);
  return answer;
};
