import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import { statusSchema } from '../../contract/status.ts';
import { type ApiOptions, answered, openApiAt, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { renderStatus } from '../render/status.ts';
import { buildRequest, idempotencyKeysOf, type RequestOptions } from '../request/build.ts';
import { isServed, requestOnceARun } from '../request/once-a-run.ts';
import { readPlanFile } from '../request/plan-file.ts';
import { readProject } from '../request/project-file.ts';
import type { Surroundings } from '../terminal.ts';
import { type WatchOptions, watch, withWatchOptions } from './watch.ts';

/** Options that name an artifact. */
export function withArtifactOptions(command: Command): Command {
  return command
    .option('--image <ref>', 'a container image with its digest: name:tag@sha256:…')
    .option('--file <file>', 'a file that is the artifact: its digest is computed')
    .option('--digest <digest>', 'sha256:… of an artifact that is elsewhere; needs --uri')
    .option('--uri <uri>', 'where the artifact is');
}

/** Options that say what is requested; they win over `gantry.yaml`. */
export function withRequestOptions(command: Command): Command {
  const more = (value: string, all: readonly string[] | undefined) => [...(all ?? []), value];
  return withArtifactOptions(command)
    .option('--project <file>', 'what this repository says of its deployments', 'gantry.yaml')
    .option('--service <name>', 'what is deployed; else as gantry.yaml says')
    .option('--environment <name>', 'where to; else as gantry.yaml says')
    .option('--release <release>', 'else the tag of the pipeline or of the image, else the commit')
    .option('--procedure <name>', 'by which procedure of the server; else as gantry.yaml says')
    .option('--param <name=value>', 'a parameter of the procedure; again for more', more)
    .option('--summary <text>', 'what is changed')
    .option('--reason <text>', 'why; else the run of the pipeline')
    .addOption(
      new Option('--type <type>', 'of the change; else as gantry.yaml says, or normal').choices([
        'standard',
        'normal',
        'emergency',
      ]),
    )
    .addOption(new Option('--risk <risk>', 'how risky it is').choices(['low', 'medium', 'high']))
    .option('--impact <text>', 'what it may do to others')
    .option('--ticket <ticket>', 'needed for an emergency')
    .option('--author <subject>', 'who wrote it, and may not approve it; again for more', more)
    .option('--on-behalf-of <subject>', 'the person for whom a robot requests')
    .option('--initial', 'nothing serves there yet')
    .option('--rehearsal', 'rolls back on purpose, once every step has passed');
}

interface DeployOptions extends RequestOptions, ApiOptions, WatchOptions {
  readonly project: string;
  readonly plan?: string;
  readonly key?: string;
  readonly watch?: true;
}

/** `gantry deploy`: requests a deployment, and waits for it where that is asked for. */
export function registerDeploy(command: Command, surroundings: Surroundings): void {
  const { environment: variables, terminal, tell } = surroundings;
  withWatchOptions(withRequestOptions(withApiOptions(command)))
    .option('--plan <file>', 'of what gantry plan -o wrote: refused where the plan would be another one by now')
    .option('--key <key>', 'the Idempotency-Key: the same key finds the same deployment; in a pipeline made of its run')
    .option('--watch', 'follows it to its end, or to the point that --until names')
    .option('--json', 'prints what the API answers, in one line; with --watch one entry of the journal a line')
    .action(async (options: DeployOptions) => {
      const { api, base } = await openApiAt(options, variables);
      const body =
        options.plan === undefined
          ? await buildRequest(options, await readProject(options.project), variables)
          : await readPlanFile(options.plan);
      const ask = (key: string) =>
        patiently(() =>
          answered(api.POST('/v1/deployments', { params: { header: { 'Idempotency-Key': key } }, body }), statusSchema),
        ).catch((error: unknown) => {
          if (exitCodeOf(error) === exitCodes.unknown)
            tell(`Sent with the key ${key}: repeat with --key ${key}, and it is requested once.`);
          throw error;
        });
      const keys = options.key === undefined ? idempotencyKeysOf(body, variables) : [];
      const status =
        keys.length > 0
          ? await requestOnceARun(keys, ask, (earlier) => isServed(api, earlier))
          : await ask(options.key ?? randomUUID());
      if (!options.watch && options.until === 'ended') {
        if (options.json) terminal.say(JSON.stringify(status));
        else for (const line of renderStatus(status, terminal.paint, Date.now())) terminal.say(line);
        return;
      }
      if (!options.json) tell(`${status.id} is requested.`);
      process.exitCode = await watch({ api, base }, status.id, options, surroundings);
    });
}
