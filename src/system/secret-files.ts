import { readFileSync, statSync } from 'node:fs';
import { codeOf } from './error-code.ts';

/**
 * Variables that may hold something secret. What a process was started with stands in `/proc/<pid>/environ` for as long as
 * it lives, whatever it does later, so each of them may come from a file instead, which `<name>_FILE` names.
 */
const secretVariables = ['GANTRY_STORE', 'GANTRY_STORE_LISTEN', 'TEMPORAL_API_KEY'] as const;

const maxBytes = 64 * 1024;

export type SecretSources = ReturnType<typeof readSecretFiles>;

/** Reads the files that `<name>_FILE` names: answers the environment with what they say in it. Never repeats what is in them. */
export function readSecretFiles(environment: Readonly<Record<string, string | undefined>>) {
  const read: Record<string, string> = {};
  /** The files that were read. */
  const files: string[] = [];
  /** What is wrong with which variable. */
  const faults: { readonly name: string; readonly message: string }[] = [];
  for (const name of secretVariables) {
    const file = environment[`${name}_FILE`];
    if (!file) continue;
    files.push(file);
    const found = environment[name] ? { fault: `set it or ${name}, not both` } : readSecretFile(file);
    if ('text' in found) read[name] = found.text;
    else faults.push({ name: `${name}_FILE`, message: found.fault });
  }
  /** Variables of the environment itself that hold a secret. */
  const exposed = secretVariables.filter((name) => holdsSecret(name, environment[name]));
  return { environment: { ...environment, ...read }, files, exposed, faults };
}

/** What a file holds, without the white space around it, or why that is not known. */
export function readSecretFile(file: string): { readonly text: string } | { readonly fault: string } {
  try {
    const { size } = statSync(file);
    if (size > maxBytes) return { fault: `${file} is larger than ${maxBytes} bytes` };
    const text = readFileSync(file, 'utf8').trim();
    return text === '' ? { fault: `${file} is empty` } : { text };
  } catch (error) {
    return { fault: `${file} cannot be read: ${codeOf(error) ?? 'unknown error'}` };
  }
}

/** An address holds none where the database asks for no password, or `pg` finds it elsewhere. */
function holdsSecret(name: (typeof secretVariables)[number], value: string | undefined): boolean {
  if (!value) return false;
  if (name === 'TEMPORAL_API_KEY') return true;
  return URL.canParse(value) && (new URL(value).password !== '' || new URL(value).searchParams.has('password'));
}
