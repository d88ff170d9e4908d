import type { Argument, Command, Option } from 'commander';
import pc from 'picocolors';
import { exitCodeMeanings, exitCodes } from '../../../src/cli/exit-codes.ts';
import { commandFor } from '../../../src/main/verbs.ts';
import { projectJsonSchema } from '../editor-schemas.ts';
import { fieldsOf } from '../fields.ts';
import { legend, page, type Section, sectionText, table } from '../markdown.ts';
import { commandExamples } from './command-examples.ts';

/** One verb, with what stands behind it. */
export interface Verb {
  readonly name: string;
  readonly says: string;
  readonly usage: string;
  readonly takes: readonly {
    readonly written: string;
    readonly says: string;
    readonly values: string;
    readonly usual: string;
    readonly isNeeded: boolean;
  }[];
}

/** Every verb, in the order of the help, with those below it. */
export async function verbs(): Promise<readonly Verb[]> {
  // What completes a line is given all verbs with all their options.
  const program = await commandFor(['completion'], { say: () => {}, paint: pc.createColors(false) });
  return program.commands.flatMap((command) => verbsBelow(command, 'gantry'));
}

function verbsBelow(command: Command, under: string): readonly Verb[] {
  const name = `${under} ${command.name()}`;
  const help = command.createHelp();
  const options = help.visibleOptions(command).filter(({ long }) => long !== '--help');
  const takes = [...command.registeredArguments.map(argumentOf), ...options.map(optionOf)];
  const below = command.commands.flatMap((one) => verbsBelow(one, name));
  return [
    { name, says: command.description(), usage: `${under} ${command.name()} ${command.usage()}`.trim(), takes },
    ...below,
  ];
}

const argumentOf = (one: Argument) => ({
  written: one.required ? `<${one.name()}>` : `[${one.name()}${one.variadic ? '...' : ''}]`,
  says: one.description,
  values: (one.argChoices ?? []).join(', '),
  usual: usualOf(one.defaultValue),
  isNeeded: one.required,
});

const optionOf = (one: Option) => ({
  written: one.flags,
  says: one.description,
  values: (one.argChoices ?? []).join(', '),
  // Of `--no-send` commander says that what it takes away is there.
  usual: one.negate ? '' : usualOf(one.defaultValue),
  isNeeded: one.mandatory,
});

/** What may stand for an argument or a value: any text that its meaning allows. */
const freeOf = (written: string) => (/[<[]/.test(written) ? 'text' : 'nothing');

/** What counts where nothing is given and nothing is needed. */
const absentOf = (written: string) => (/[<[]/.test(written) ? '–' : 'off');

const usualOf = (value: unknown) =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** What `gantry.yaml` may say. */
export const projectSection = (): Section => ({
  title: 'gantry.yaml',
  says: 'What a repository says of its deployments, in its root or where `--project` names it. Options win over it.',
  fields: fieldsOf(projectJsonSchema()),
});

/** `command-line.md`. */
export async function commandLinePage(): Promise<string> {
  const codes = Object.entries(exitCodes).map(([name, code]) => [
    `\`${code}\``,
    exitCodeMeanings[name as keyof typeof exitCodes],
  ]);
  return page(
    'Command line',
    'Every verb of `gantry`, as `gantry VERB --help` has it. [The command line](../command-line.md) explains how they are used together. A text has no other bound than its meaning says; the API refuses what it does not take, by its own [bounds](http-api.md). Where one is absent, `–` says that nothing stands in its place, or what its meaning says.',
    ...(await verbs()).map(verbText),
    '## Exit codes',
    'Of the verbs that speak to the API. Those that run a part of Gantry (`api`, `worker`, `migrate`, …) end with 1 whatever fails.',
    table(['code', 'says'], codes),
    sectionText(projectSection()),
    legend,
  );
}

function verbText({ name, says, usage, takes }: Verb): string {
  const level = name.split(' ').length;
  const rows = takes.map(({ written, says: meaning, values, usual, isNeeded }) => [
    `\`${written}\``,
    meaning.replaceAll('<', '\\<'),
    values === ''
      ? freeOf(written)
      : values
          .split(', ')
          .map((one) => `\`${one}\``)
          .join(', '),
    isNeeded ? 'needed' : usual === '' ? absentOf(written) : `\`${usual}\``,
  ]);
  const parts = [
    `${'#'.repeat(level)} ${name}`,
    `${says.charAt(0).toUpperCase()}${says.slice(1)}.`,
    `\`\`\`text\n${usage}\n\`\`\``,
    rows.length === 0 ? '' : table(['argument or option', 'meaning', 'takes', 'absent'], rows),
    `\`\`\`sh\n${commandExamples[name] ?? ''}\n\`\`\``,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}
