import { placeOf, quoted } from './quote.ts';
import type { CompletedCommand, Value } from './tree.ts';

/** A script for bash (3.2 and later), to be sourced. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) =>
      value
        ? [`    ${names.map((name) => quoted(`${placeOf(path)}|${name}`)).join('|')}) ${offer(value)}; return ;;`]
        : [],
    ),
  );
  const takers = commands.flatMap(({ path, options }) =>
    options.flatMap(({ names, value }) => (value ? names.map((name) => quoted(`${placeOf(path)}|${name}`)) : [])),
  );
  const places = commands.flatMap(({ path }) => (path.length === 0 ? [] : [quoted(placeOf(path))]));
  return `# gantry completion bash: source it, or put it where bash-completion looks (completions/gantry)
_gantry_words() { COMPREPLY=( $(compgen -W "$1" -- "$current") ); }
_gantry_files() {
  local IFS=$'\\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=( $(compgen -f -- "$current") )
}
_gantry() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" at="" i=1
  COMPREPLY=()
  while [ "$i" -lt "$COMP_CWORD" ]; do
    case "$at|\${COMP_WORDS[i]}" in
      ${takers.join('|')}) i=$((i + 2)); continue ;;
    esac
    case "$at \${COMP_WORDS[i]}" in
      ${places.join('|')}) at="$at \${COMP_WORDS[i]}" ;;
    esac
    i=$((i + 1))
  done
  case "$at|$previous" in
${values.join('\n')}
  esac
  case "$at|$current" in
${commands.map(({ path, options }) => `    ${quoted(`${placeOf(path)}|-`)}*) _gantry_words ${quoted(options.flatMap(({ names }) => names).join(' '))} ;;`).join('\n')}
${commands.map(({ path, subcommands, argument }) => `    ${quoted(`${placeOf(path)}|`)}*) ${subcommands.length > 0 ? offer({ kind: 'choices', choices: subcommands.map(({ name }) => name) }) : offer(argument)} ;;`).join('\n')}
  esac
}
complete -F _gantry gantry
`;
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'choices':
      return `_gantry_words ${quoted(value.choices.join(' '))}`;
    case 'file':
      return '_gantry_files';
    case 'anything':
      return ':';
  }
}
