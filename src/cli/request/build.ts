import type { components } from '../../contract/paths.ts';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { Environment } from '../environment.ts';
import { artifactOf } from './artifact.ts';
import type { Project } from './project-file.ts';

export type DeploymentRequest = components['schemas']['DeploymentRequest'];

/** What the options of `gantry deploy` and `gantry plan` say. */
export interface RequestOptions {
  readonly service?: string;
  readonly environment?: string;
  readonly release?: string;
  readonly procedure?: string;
  readonly image?: string;
  readonly file?: string;
  readonly digest?: string;
  readonly uri?: string;
  readonly param?: readonly string[];
  readonly summary?: string;
  readonly reason?: string;
  readonly type?: string;
  readonly risk?: string;
  readonly impact?: string;
  readonly ticket?: string;
  readonly author?: readonly string[];
  readonly onBehalfOf?: string;
  readonly initial?: true;
  readonly rehearsal?: true;
}

/**
 * The body of a request: options before `gantry.yaml`, and that before what the pipeline says of itself. What is wrong
 * with a value, the API says; what is absent is `malformed` here, with the option that gives it.
 */
export async function buildRequest(
  options: RequestOptions,
  project: Project | null,
  environment: Environment,
): Promise<DeploymentRequest> {
  const run = runOf(environment);
  const artifact = await artifactOf(options);
  const service = options.service ?? project?.service ?? absent('the service', '--service, or service in gantry.yaml');
  const release =
    options.release ?? run?.tag ?? tagOf(options.image) ?? run?.commit ?? absent('the release', '--release');
  const { type = 'normal', risk, impact } = { ...project?.change, ...defined(options) } as RequestOptions;
  const change = {
    summary: options.summary ?? `${service} ${release}`,
    type,
    reason: options.reason ?? run?.reason ?? absent('why it is changed', '--reason'),
    ...defined({ risk, impact, ticket: options.ticket, authors: options.author, onBehalfOf: options.onBehalfOf }),
    ...(options.initial && { initial: true }),
  };
  const body = {
    service,
    environment:
      options.environment ??
      project?.environment ??
      absent('the environment', '--environment, or environment in gantry.yaml'),
    release,
    artifact,
    procedure:
      options.procedure ?? project?.procedure ?? absent('the procedure', '--procedure, or procedure in gantry.yaml'),
    parameters: { ...project?.parameters, ...parametersOf(options.param ?? []) },
    change,
    ...(options.rehearsal && { mode: 'rehearsal' }),
  };
  // The API reads it by its own schema, and names what is wrong.
  return body as DeploymentRequest;
}

/** GitHub lets nobody repeat a run more often. */
const maxAttempts = 51;

/** A run of a pipeline, as CI systems describe it in the environment. */
interface Run {
  /** What tells this run from every other one, in each of its attempts so far: the first one first. */
  readonly attempts: readonly (readonly string[])[];
  readonly tag: string | undefined;
  readonly commit: string | undefined;
  readonly reason: string;
}

function runOf(environment: Environment): Run | null {
  const of = (name: string) => (environment[name] === '' ? undefined : environment[name]);
  if (of('GITHUB_ACTIONS') === 'true') {
    const [repository, id] = [of('GITHUB_REPOSITORY') ?? '', of('GITHUB_RUN_ID') ?? ''];
    const attempts = Math.min(Number(of('GITHUB_RUN_ATTEMPT')) || 1, maxAttempts);
    return {
      attempts: Array.from({ length: attempts }, (_, i) => ['github', repository, id, String(i + 1)]),
      tag: of('GITHUB_REF_TYPE') === 'tag' ? of('GITHUB_REF_NAME') : undefined,
      commit: of('GITHUB_SHA')?.slice(0, 12),
      reason: `Run ${of('GITHUB_SERVER_URL') ?? 'https://github.com'}/${repository}/actions/runs/${id}`,
    };
  }
  if (of('GITLAB_CI') === 'true')
    return {
      // It counts no attempts, and repeats a job on its own where `retry` says so.
      attempts: [['gitlab', of('CI_PROJECT_PATH') ?? '', of('CI_PIPELINE_ID') ?? '', of('CI_JOB_NAME') ?? '']],
      tag: of('CI_COMMIT_TAG'),
      commit: of('CI_COMMIT_SHA')?.slice(0, 12),
      reason: `Pipeline ${of('CI_PIPELINE_URL') ?? of('CI_PIPELINE_ID') ?? ''}`,
    };
  return null;
}

/**
 * The Idempotency-Keys of a request in a pipeline, made of what is asked for and of each attempt of the run so far, the
 * first one first; none elsewhere, where each call is meant.
 */
export function idempotencyKeysOf(request: DeploymentRequest, environment: Environment): readonly string[] {
  const { attempts } = runOf(environment) ?? { attempts: [] };
  return attempts.map((attempt) => `gantry-${digestOfJson([attempt, request]).slice(7, 47)}`);
}

/** The tag in the name of an image. */
export const tagOf = (image: string | undefined) => /:([\w][\w.-]{0,127})@/.exec(image ?? '')?.[1];

function parametersOf(given: readonly string[]): Readonly<Record<string, string | number>> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf('=');
      if (at < 1) throw new GantryError('malformed', `--param ${JSON.stringify(one)}: write NAME=VALUE.`);
      const value = one.slice(at + 1);
      return [one.slice(0, at), /^(0|-?[1-9]\d{0,14})$/.test(value) ? Number(value) : value];
    }),
  );
}

function defined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function absent(what: string, how: string): never {
  throw new GantryError('malformed', `Nothing says ${what}: ${how}.`);
}
