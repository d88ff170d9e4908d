/** What a CI says of a run, in the payload of a token that it has signed. */
export type Claims = Readonly<Record<string, unknown>>;

/** As much of a robot as says how it is known. */
interface Known {
  readonly subject: string;
  readonly claims?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/**
 * Claims that say whose run it is, in the words of GitHub Actions and GitLab CI. A robot names one at least: a branch, an
 * environment or a workflow of that name can be in anybody's repository.
 */
export const originClaims = [
  'repository',
  'repository_id',
  'repository_owner',
  'repository_owner_id',
  'project_path',
  'project_id',
  'namespace_path',
  'namespace_id',
] as const;

/**
 * What starts a run that only somebody with access to the repository can start, by the claim that says it. Everything else
 * (a pull or merge request, a comment, a run that follows such a run) may carry a stranger's code or words, though
 * `repository` and even `ref` are those of the repository itself.
 */
const startsFromInside: Readonly<Record<string, readonly string[]>> = {
  event_name: ['push', 'workflow_dispatch', 'schedule', 'release', 'deployment', 'repository_dispatch'],
  pipeline_source: ['push', 'web', 'schedule', 'api', 'trigger'],
};

/** The issuer in `oidc:<issuer>|<name>`; null where there is none. */
export function issuerOf(subject: string): string | null {
  return /^oidc:([^|]+)\|./.exec(subject)?.[1] ?? null;
}

/** Whether a robot is known by what its CI says of a run, not by a key or the subject of a token. */
export function isPipeline({ claims }: Pick<Known, 'claims'>): boolean {
  return claims !== undefined;
}

/** The robots of the policy that are known by claims of this issuer, in their order. */
export function pipelinesOf<Robot extends Known>(robots: readonly Robot[], issuer: string): readonly Robot[] {
  return robots.filter((robot) => isPipeline(robot) && issuerOf(robot.subject) === issuer);
}

/**
 * The first of these robots that a run is: each claim that the robot names is in the token and equal, and the run was started
 * from inside the repository, unless the robot names what starts it. Null: none.
 */
export function robotOfRun<Robot extends Known>(pipelines: readonly Robot[], said: Claims): Robot | null {
  return pipelines.find(({ claims = {} }) => isRunOf(claims, said)) ?? null;
}

function isRunOf(wanted: NonNullable<Known['claims']>, said: Claims): boolean {
  const names = Object.keys(wanted);
  if (names.length === 0 || !names.every((name) => valueOf(said, name) === String(wanted[name]))) return false;
  return names.some((name) => Object.hasOwn(startsFromInside, name)) || outsideStart(said) === null;
}

/** A claim as text; undefined for one that is absent, or no single value. */
function valueOf(said: Claims, name: string): string | undefined {
  const value = said[name];
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

/** What started the run where that need not be somebody with access to the repository (`unknown` where nothing says it); else null. */
function outsideStart(said: Claims): string | null {
  const starts = Object.entries(startsFromInside).flatMap(([name, inside]) => {
    if (said[name] === undefined) return [];
    const value = valueOf(said, name) ?? 'unknown';
    return [{ value, isInside: inside.includes(value) }];
  });
  if (starts.length === 0) return 'unknown';
  return starts.find(({ isInside }) => !isInside)?.value ?? null;
}

/** Claims that people know a run by. */
const shown = ['repository', 'project_path', 'ref', 'environment', ...Object.keys(startsFromInside)];

/** What a run says of itself, and why it is no robot's, for whoever reads the log of the pipeline. */
export function strangeRun(said: Claims): string {
  const words = shown.flatMap((name) => {
    const value = valueOf(said, name);
    return value === undefined ? [] : [`${name} ${JSON.stringify(value.slice(0, 200))}`];
  });
  const outside = outsideStart(said);
  const why =
    outside === null
      ? ''
      : ` What started it (${JSON.stringify(outside.slice(0, 100))}) may be a stranger's doing: such a run counts only for a robot whose claims name it.`;
  return `The policy knows no robot with the claims of this run: ${words.join(', ') || 'it names none that count'}.${why}`;
}
