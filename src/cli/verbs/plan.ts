import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { previewSchema } from '../../contract/preview.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { type ApiOptions, answered, openApi, readText, withApiOptions } from '../api-client.ts';
import { exitCodes } from '../exit-codes.ts';
import { blockedIn, renderPreview } from '../render/preview.ts';
import { buildRequest, type DeploymentRequest, type RequestOptions } from '../request/build.ts';
import { writePlanFile } from '../request/plan-file.ts';
import { readProject } from '../request/project-file.ts';
import type { Surroundings } from '../terminal.ts';
import { withRequestOptions } from './deploy.ts';

interface PlanOptions extends ApiOptions, RequestOptions {
  readonly project: string;
  readonly json?: true;
  readonly markdown?: true;
  readonly out?: string;
}

/** `gantry plan`: what a request would lead to. Exit code 0 when nothing is blocked, `refused` when a gate is. */
export function registerPlan(
  command: Command,
  { terminal, environment }: Pick<Surroundings, 'terminal' | 'environment'>,
): void {
  withRequestOptions(withApiOptions(command))
    .argument('[request]', 'a file with the body of POST /v1/plans as JSON, - for the input; else as gantry deploy')
    .option('-o, --out <file>', 'writes what gantry deploy --plan takes')
    .option('--markdown', 'prints it as Markdown, as for a comment on a pull request')
    .option('--json', 'prints what the API answers, in one line')
    .action(async (file: string | undefined, options: PlanOptions) => {
      const api = await openApi(options, environment);
      const body =
        file === undefined
          ? await buildRequest(options, await readProject(options.project), environment)
          : await readRequest(file);
      const preview = await answered(api.POST('/v1/plans', { body }), previewSchema);
      if (options.out !== undefined) await writePlanFile(options.out, body, preview.planDigest);
      if (options.json) terminal.say(JSON.stringify(preview));
      else if (options.markdown) terminal.say((await import('../render/preview-markdown.ts')).previewMarkdown(preview));
      else for (const line of renderPreview(preview, terminal.paint)) terminal.say(line);
      if (blockedIn(preview).length > 0) process.exitCode = exitCodes.refused;
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
