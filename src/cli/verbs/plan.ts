import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { components } from '../../contract/paths.ts';
import { previewSchema } from '../../contract/preview.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { type ApiOptions, answered, type Environment, openApi, readText } from '../api-client.ts';
import { blockedIn, renderPreview } from '../render/preview.ts';
import { type Terminal } from '../terminal.ts';

type DeploymentRequest = components['schemas']['DeploymentRequest'];
interface PlanOptions extends ApiOptions {
  readonly json?: true;
  readonly markdown?: true;
}

/** `gantry plan`: what a request would lead to. Exit code 0 when nothing is blocked, 2 when a gate is. */
export function registerPlan(command: Command, terminal: Terminal, environment: Environment): void {
  command
    .argument('<request>', 'a file with the body of POST /v1/deployments as JSON; - reads it from the input')
    .option('--api <url>', 'where the API is; else GANTRY_API')
    .option('--token-file <file>', 'a file with your token; else GANTRY_TOKEN')
    .option('--markdown', 'prints it as Markdown, as for a comment on a pull request')
    .option('--json', 'prints what the API answers')
    .action(async (file: string, options: PlanOptions) => {
      const api = await openApi(options, environment);
      const preview = await answered(api.POST('/v1/plans', { body: await readRequest(file) }), previewSchema);
      if (options.json) terminal.say(JSON.stringify(preview, null, 2));
      else if (options.markdown) terminal.say((await import('../render/preview-markdown.ts')).previewMarkdown(preview));
      else for (const line of renderPreview(preview, terminal.paint)) terminal.say(line);
      if (blockedIn(preview).length > 0) process.exitCode = 2;
    });
}

/** The request as written; the API checks it. */
async function readRequest(file: string): Promise<DeploymentRequest> {
  const text = file === '-' ? await readAll(process.stdin) : await readText(file, 'malformed');
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new GantryError('malformed-json', `${file === '-' ? 'The input' : file} is not JSON: ${why}.`, { cause });
  }
}
