import { placeOf } from './quote.ts';
import type { CompletedCommand, Value } from './tree.ts';

/** A script for fish: `gantry.fish` in its folder of completions, or to be sourced. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const takers = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) => (value ? names.map((name) => literal(`${placeOf(path)}|${name}`)) : [])),
  );
  const places = commands.flatMap(({ path }) => (path.length === 0 ? [] : [literal(placeOf(path))]));
  return `# gantry completion fish: ~/.config/fish/completions/gantry.fish, or source it
function __gantry_at
    set -l at ''
    set -l is_value 0
    for word in (commandline -opc)[2..-1]
        if test $is_value -eq 1
            set is_value 0
            continue
        end
        switch "$at|$word"
            case ${takers.join(' ')}
                set is_value 1
                continue
        end
        switch "$at $word"
            case ${places.join(' ')}
                set at "$at $word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c gantry -e
complete -c gantry -f
${commands.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, subcommands, options, argument }: CompletedCommand): readonly string[] {
  const head = `complete -c gantry -n ${literal(`__gantry_at ${literal(placeOf(path))}`)}`;
  return [
    ...subcommands.map(({ name, description }) => `${head} -a ${literal(name)} -d ${literal(description)}`),
    ...(subcommands.length > 0 ? [] : argumentOf(head, argument)),
    ...options.map(({ names, description, value }) => {
      const flags = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
      return [head, ...flags, ...behind(value), '-d', literal(description)].join(' ');
    }),
  ];
}

function argumentOf(head: string, argument: Value): readonly string[] {
  if (argument.kind === 'anything') return [];
  return [argument.kind === 'file' ? `${head} -F` : `${head} -a ${literal(argument.choices.join(' '))}`];
}

function behind(value: Value | null): readonly string[] {
  if (value === null) return [];
  if (value.kind === 'file') return ['-r', '-F'];
  return value.kind === 'choices' ? ['-x', '-a', literal(value.choices.join(' '))] : ['-x'];
}

/** Fish escapes within quotes. */
function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
