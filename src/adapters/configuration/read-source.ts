import { createHash, createHmac } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { AdapterContext, Json } from '../../domain/adapters.ts';
import { canonicalJson } from '../../domain/canonical-json.ts';
import type { KeyReading, PlannedSource } from '../../domain/configuration/configuration.ts';
import { membersOf, valueAt } from '../../domain/configuration/read-text.ts';
import { GantryError } from '../../domain/errors.ts';
import { plainText } from '../../domain/markdown.ts';
import { untilAborted } from '../../time-limit.ts';
import { type HttpRequest, send } from '../http/send.ts';
import { type CommandSettings, type CommandSpec, runCommand } from '../process/run-command.ts';

const longestBytes = 1024 * 1024;
const shownCharacters = 80;

export interface ReadingSettings extends CommandSettings {
  /** With it secret values are digested; null: they cannot be compared, which is said. */
  readonly digestKey: Uint8Array | null;
}

/** Reads all keys of one source. What cannot be read is said of each of them, with the reason. */
export async function readSource(
  source: PlannedSource,
  context: AdapterContext,
  settings: ReadingSettings,
): Promise<readonly KeyReading[]> {
  const mask = (text: string) => context.secrets.mask(text);
  const text = await textOf(source, context, settings).catch((error: unknown) => ({ why: reasonOf(error) }));
  const members = typeof text === 'string' ? membersOf(text) : null;
  const why = typeof text === 'string' ? 'neither a JSON object nor lines of KEY=value' : text.why;
  return source.keys.map(({ key, secret }): KeyReading => {
    if (!members) return unreadable(key, mask(why));
    const value = valueAt(members, key);
    if (value === undefined) return { key, state: 'absent', shown: '', digest: null };
    return secret ? secretReading(key, value, settings.digestKey) : plainReading(key, value, mask);
  });
}

function plainReading(key: string, value: Json, mask: (text: string) => string): KeyReading {
  const text = canonicalJson(value);
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 32);
  const shown = plainText(mask(typeof value === 'string' ? value : text));
  return { key, state: 'value', shown: shown.slice(0, shownCharacters).toWellFormed(), digest };
}

/** Nobody who reads the digest can try values against it. */
function secretReading(key: string, value: Json, digestKey: Uint8Array | null): KeyReading {
  if (!digestKey) return unreadable(key, 'a secret, and there is no configuration-key to compare it by');
  const digest = createHmac('sha256', digestKey).update(canonicalJson(value)).digest('hex').slice(0, 32);
  return { key, state: 'secret', shown: '', digest };
}

function unreadable(key: string, why: string): KeyReading {
  return { key, state: 'unreadable', shown: plainText(why).slice(0, shownCharacters).toWellFormed(), digest: null };
}

async function textOf(
  { kind, spec }: PlannedSource,
  context: AdapterContext,
  settings: CommandSettings,
): Promise<string | { readonly why: string }> {
  if (kind === 'file') return fileText(spec['file'] as string, context.signal);
  if (kind === 'command') {
    const {
      kind: end,
      exitCode,
      summary,
      output,
    } = await runCommand(spec as unknown as CommandSpec, context, settings);
    if (end !== 'exited' || exitCode !== 0) return { why: summary };
    return output.truncated ? { why: 'more than 1 MiB' } : (output.text ?? '');
  }
  const { http, headers } = spec as { readonly http: string; readonly headers?: HttpRequest['headers'] };
  const answer = await send({ url: http, method: 'GET', headers }, context);
  if (answer.kind === 'no-answer') return { why: answer.summary };
  if (answer.status < 200 || answer.status > 299) return { why: `answered ${answer.status}` };
  return answer.isTooLarge ? { why: 'more than 1 MiB' } : answer.body.toString('utf8');
}

/** A pipe is not waited for. */
async function fileText(path: string, signal: AbortSignal): Promise<string | { readonly why: string }> {
  const reading = async () => {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = await file.stat();
      if (!found.isFile()) return { why: 'no plain file' };
      return found.size > longestBytes ? { why: 'more than 1 MiB' } : await file.readFile('utf8');
    } finally {
      await file.close();
    }
  };
  return Promise.race([reading(), untilAborted(signal)]);
}

/** Errors of files and secrets say what is missing, and nothing of a value. */
function reasonOf(error: unknown): string {
  if (error instanceof GantryError) return error.message;
  return (error as NodeJS.ErrnoException).code ?? 'it could not be read';
}
