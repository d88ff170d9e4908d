import { placeOf, quoted } from './quote.ts';
import type { CompletedCommand, Value } from './tree.ts';

/** A script for zsh: a file `_gantry` in its `fpath`, or to be sourced after `compinit`. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const takers = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) => (value ? names.map((name) => quoted(`${placeOf(path)}|${name}`)) : [])),
  );
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) =>
      value
        ? [`    (${names.map((name) => quoted(`${placeOf(path)}|${name}`)).join('|')}) ${offer(value)}; return ;;`]
        : [],
    ),
  );
  const places = commands.flatMap(({ path }) => (path.length === 0 ? [] : [quoted(placeOf(path))]));
  return `#compdef gantry
# gantry completion zsh: a file named _gantry in one of the folders of fpath, or source it after compinit
_gantry() {
  local at="" i=2
  local -a offered
  while (( i < CURRENT )); do
    case "$at|\${words[i]}" in
      (${takers.join('|')}) (( i += 2 )); continue ;;
    esac
    case "$at \${words[i]}" in
      (${places.join('|')}) at="$at \${words[i]}" ;;
    esac
    (( i += 1 ))
  done
  case "$at|\${words[CURRENT-1]}" in
${values.join('\n')}
  esac
  case "$at|\${words[CURRENT]}" in
${commands.map(({ path, options }) => `    (${quoted(`${placeOf(path)}|-`)}*) offered=(${options.flatMap(({ names, description }) => names.map((name) => described(name, description))).join(' ')}); _describe option offered ;;`).join('\n')}
${commands.map(({ path, subcommands, argument }) => `    (${quoted(`${placeOf(path)}|`)}*) ${subcommands.length > 0 ? `offered=(${subcommands.map(({ name, description }) => described(name, description)).join(' ')}); _describe command offered` : offer(argument)} ;;`).join('\n')}
  esac
}
if [[ "\${funcstack[1]}" == _gantry ]]; then _gantry "$@"; else compdef _gantry gantry; fi
`;
}

/** A word with what it does, as `_describe` takes it: a colon in the word itself is escaped. */
const described = (word: string, description: string) =>
  quoted(`${word.replaceAll(':', '\\:')}:${description.replaceAll('\n', ' ')}`);

function offer(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `compadd -- ${value.choices.map(quoted).join(' ')}`;
    case 'file':
      return '_files';
    case 'anything':
      return ':';
  }
}
