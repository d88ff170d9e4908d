import type { Argument, Command, Option } from 'commander';

/** What may stand behind an option, or as an argument. */
export type Value =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'file' }
  | { readonly kind: 'anything' };

export interface CompletedOption {
  /** `-o` and `--out`. */
  readonly names: readonly string[];
  readonly description: string;
  /** Null: it takes none. */
  readonly value: Value | null;
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  /** The words that lead to it, behind `gantry`. */
  readonly path: readonly string[];
  readonly subcommands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly CompletedOption[];
  readonly argument: Value;
}

/** A command and all below it, as the shell is to know them. */
export function completedCommands(command: Command, path: readonly string[] = []): readonly CompletedCommand[] {
  const help = command.createHelp();
  const below = help.visibleCommands(command);
  const subcommands = below.map((one) => ({ name: one.name(), description: one.description() }));
  const options = help.visibleOptions(command).map(completedOption);
  const [first] = command.registeredArguments;
  // `help` lists the same names again, and leads nowhere.
  const further = below.filter((one) => one.name() !== 'help' && command.commands.includes(one));
  return [
    { path, subcommands, options, argument: first ? valueOf(first) : { kind: 'anything' } },
    ...further.flatMap((one) => completedCommands(one, [...path, one.name()])),
  ];
}

function completedOption(option: Option): CompletedOption {
  const names = [option.short, option.long].flatMap((name) => (name == null ? [] : [name]));
  const takes = option.required || option.optional;
  return { names, description: option.description, value: takes ? valueOf(option) : null };
}

/** By its choices, else by what its place holder calls it: `<file>`, `[folder]`, `<paths...>`. */
function valueOf(one: Option | Argument): Value {
  if (one.argChoices && one.argChoices.length > 0) return { kind: 'choices', choices: one.argChoices };
  const name = 'flags' in one ? one.flags : one.name();
  return /\b(files?|folder|dir|paths?|request)\b/i.test(name.replace(/^[^<[]*/, '') || name)
    ? { kind: 'file' }
    : { kind: 'anything' };
}
