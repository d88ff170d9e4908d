import { GantryError } from '../../domain/base/errors.ts';
import type { AdapterContext } from '../../domain/kinds/adapter.ts';
import type { PlannedSource } from '../../domain/plan/configuration.ts';
import { utf8Of } from '../../system/utf8.ts';
import { type HttpRequest, send } from '../http/send.ts';
import { OutputTape } from '../process/captured-output.ts';
import type { CommandSettings } from '../process/command-environment.ts';
import { type CommandSpec, runCommand } from '../process/run-command.ts';
import { readFile } from './read-file.ts';

const maxBytes = 1024 * 1024;

export interface Fetching extends CommandSettings {
  /** Folders whose files are never read as configuration, such as that of the secrets. */
  readonly closedFolders: readonly string[];
}

interface Why {
  readonly why: string;
}

/** The exact text of a source, or why it cannot be read. */
export async function fetchText(
  source: PlannedSource,
  context: AdapterContext,
  settings: Fetching,
): Promise<string | Why> {
  try {
    const bytes = await fetchBytes(source, context, settings);
    return 'why' in bytes ? bytes : (utf8Of(bytes) ?? { why: 'not in UTF-8' });
  } catch (error) {
    // Errors of secrets name what is missing and never contain a value.
    return { why: error instanceof GantryError ? error.message : 'it could not be read' };
  }
}

async function fetchBytes(
  { kind, spec }: PlannedSource,
  context: AdapterContext,
  settings: Fetching,
): Promise<Uint8Array | Why> {
  if (kind === 'file') {
    const job = { file: spec['file'] as string, closed: settings.closedFolders, maxBytes };
    return readFile(job, context.signal, context.timeoutMs, settings.user ?? null);
  }
  if (kind === 'command') {
    const out = new OutputTape();
    const end = await runCommand(spec as unknown as CommandSpec, context, settings, out);
    if (end.kind !== 'exited' || end.exitCode !== 0) return { why: end.summary };
    return out.whole() ?? { why: 'more than 1 MiB' };
  }
  const { http, headers } = spec as { readonly http: string; readonly headers?: HttpRequest['headers'] };
  const answer = await send({ url: http, method: 'GET', headers }, context);
  if (answer.kind === 'no-answer') return { why: answer.summary };
  if (answer.status < 200 || answer.status > 299) return { why: `answered ${answer.status}` };
  return answer.isTooLarge ? { why: 'more than 1 MiB' } : answer.body;
}
