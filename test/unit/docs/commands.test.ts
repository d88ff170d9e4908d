import { fileURLToPath } from 'node:url';
import { type Command, CommanderError } from 'commander';
import { createColors } from 'picocolors';
import { beforeAll, expect, it } from 'vitest';
import { commandFor } from '../../../src/main/verbs.ts';
import { commandsIn, pages, type ShownCommand } from '../../support/shown-commands.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** The command with all its verbs, of which none does anything. */
let program: Command;
beforeAll(async () => {
  program = await commandFor(['completion'], { say: () => undefined, paint: createColors(false) });
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
  for (const command of all(program)) {
    command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    // A group with options of its own does something by itself, too.
    if (command.commands.length === 0 || command.options.length > 0) command.action(() => undefined);
  }
}, 300_000);

/** What is missing where a page leaves something to the shell. */
const leftOut = new Set(['commander.missingArgument', 'commander.missingMandatoryOptionValue']);

/** What the command says of a line that a page shows; null: it takes it. */
function refusal({ words, isWhole }: ShownCommand): string | null {
  try {
    program.parse(words, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const { code, message } = error;
    const isVariable = code === 'commander.invalidArgument' && message.includes("'$");
    return isVariable || code === 'commander.helpDisplayed' || (!isWhole && leftOut.has(code)) ? null : message;
  }
}

/** Which word of a call within a sentence there is not: a verb, or an option of the one that it names. */
function unknownWord({ words }: ShownCommand): string | null {
  let at: readonly Command[] = [program];
  for (const word of words) {
    const names = word.split('|');
    const children = at.flatMap(({ commands }) => commands);
    if (word === '--') return null;
    if (word.startsWith('--')) {
      const [name = ''] = word.split('=');
      const isKnown = at.some(({ options }) => options.some(({ long }) => long === name)) || name === '--help';
      if (!isKnown) return word;
    } else if (children.length > 0 && /^[a-z][a-z|-]*$/.test(word)) {
      const named = children.filter((one) => names.includes(one.name()));
      if (named.length !== names.length) return word;
      at = named;
    }
  }
  return null;
}

it('shows no command that there is not: each is taken with its options and arguments, as it stands', async () => {
  const shown = (await pages(root)).flatMap(commandsIn).filter(({ words }) => words[0] !== 'temporal');
  expect(shown.length).toBeGreaterThan(150);
  const refused = shown.flatMap((one) => {
    const why = one.isWhole ? refusal(one) : unknownWord(one);
    return why === null ? [] : [`${one.file}: ${one.shown}: ${why}`];
  });
  expect(refused).toEqual([]);
});

it.each([
  ['a verb that there is not', '```sh\ngantry fly shop/production\n```'],
  ['an option that there is not', '```sh\ngantry freeze list --everywhere\n```'],
  ['a choice that there is not', '```sh\ngantry acknowledge shop/production --for lunch\n```'],
  ['an option without which it is refused', '```sh\ngantry freeze add --everything\n```'],
  ['an argument without which it is refused', '```sh\nx=1 gantry abort --yes\n```'],
  ['an argument too many, behind another command', '```sh\ncd x && gantry freeze list \\\n  all | head\n```'],
  ['a verb within a sentence', 'Say `gantry target fly shop/production`.'],
  ['an option within a sentence', 'Say `gantry target resolve --maybe`.'],
])('%s is found', (_, text) => {
  const [one, ...more] = commandsIn({ file: 'x.md', text });
  expect(more).toEqual([]);
  expect(one && (one.isWhole ? refusal(one) : unknownWord(one))).toEqual(expect.any(String));
});
