import { access, constants, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join, resolve } from 'node:path';
import { createAdapters } from '../adapters/index.ts';
import { GantryError } from '../domain/base/errors.ts';
import { fieldsOf } from '../domain/base/fields.ts';
import type { Plan } from '../domain/plan/plan.ts';
import { freezePlan } from '../domain/planning/freeze-plan.ts';
import type { ParameterDocument } from '../domain/planning/parameters.ts';
import type { ProcedureDocument } from '../domain/planning/procedure.ts';
import { programsOf } from '../domain/planning/programs.ts';
import { findPerson } from '../domain/policy/find-person.ts';
import { type Policy, policySchema } from '../domain/policy/policy.ts';
import { loadPolicy } from './policy.ts';
import { type ReadProcedure, readProcedure } from './procedure.ts';
import { readText } from './yaml.ts';
import { type Finding, placesIn } from './yaml-lines.ts';

export interface ProcedureFault {
  /** Of `procedure.yaml`, 1 for the first; null where the fault has no place there. */
  readonly line: number | null;
  /** Null: only the line is known, if that is. */
  readonly column: number | null;
  /** The id of the step that it is in. */
  readonly step: string | null;
  /** JSON pointer into the procedure. */
  readonly pointer: string;
  readonly detail: string;
  /** Environments of the policy in which it is one; empty: everywhere. */
  readonly environments: readonly string[];
}

export interface CheckedProcedure {
  readonly file: string;
  /** The file as it was read. */
  readonly text: string;
  readonly faults: readonly ProcedureFault[];
  /** What may surprise but is not a fault. */
  readonly notes: readonly string[];
  /** By environment, where nothing is wrong. */
  readonly plans: readonly { readonly environment: string; readonly plan: Plan }[];
}

export interface ProcedureCheck {
  /** The procedure's folder. */
  readonly folder: string;
  /** A policy file; null: the default rules. */
  readonly policy: string | null;
  /** Null: every one that the policy names. */
  readonly environment: string | null;
  readonly service: string | null;
  /** What the repository says of its deployments, and where; its parameters count where it names this procedure. */
  readonly project?: {
    readonly file: string;
    readonly says: { readonly procedure?: string | undefined; readonly parameters?: Parameters | undefined } | null;
  };
  /** Where programs are looked for. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

type Parameters = Readonly<Record<string, string | number>>;
type Loaded = ReadProcedure & { readonly document: ProcedureDocument };

/**
 * Plans a procedure as a request would, without a service: every fault of it, with its place. Throws as `loadPolicy` does,
 * and `unknown-environment`, `unknown-procedure`, `invalid-config` where there is nothing to check.
 */
export async function checkProcedure(check: ProcedureCheck): Promise<CheckedProcedure> {
  const file = await documentOf(check.folder);
  const folder = dirname(file);
  const text = await readText(file, 'unknown-procedure');
  const read = await findingsOf(() => readProcedure(folder, text));
  const places = faultsIn(text, 'value' in read ? read.value.written : null);
  if (!('value' in read)) return { file, text, faults: places(read.findings, []), notes: [], plans: [] };
  const { document, issues: known } = read.value;
  if (!document) return { file, text, faults: places(known, []), notes: [], plans: [] };
  const loaded = { ...read.value, document };
  const policy = check.policy === null ? anyPolicy(document) : (await loadPolicy(check.policy)).policy;
  const environments = check.environment === null ? environmentsOf(document, policy) : [check.environment];
  const notes = new Set<string>();
  /** The environments in which each finding is one. */
  const found = new Map<string, string[]>();
  const plans: { environment: string; plan: Plan }[] = [];
  for (const environment of environments) {
    const planned = await findingsOf(async () => plan(check, loaded, policy, environment));
    if ('value' in planned) plans.push({ environment, plan: planned.value });
    else
      for (const finding of planned.findings) {
        const key = JSON.stringify(finding);
        found.set(key, [...(found.get(key) ?? []), environment]);
      }
  }
  for (const { plan: one } of plans) for (const note of await programNotes(one, folder, check.path)) notes.add(note);
  const given = givenTo(document, check);
  if (Object.keys(given).length > 0)
    notes.add(
      `parameters of ${check.project?.file} are taken: ${Object.entries(given)
        .map((one) => one.join(' '))
        .join(', ')}`,
    );
  for (const [name, rule] of Object.entries(document.parameters))
    if (rule.default === undefined && !Object.hasOwn(given, name))
      notes.add(`parameter ${name} has no default: a request gives it, here it was ${sampleOf(rule)}`);
  for (const finding of known) found.set(JSON.stringify(finding), [...environments]);
  const faults = [...found].flatMap(([finding, of]) =>
    places([JSON.parse(finding) as Finding], of.length === environments.length ? [] : of),
  );
  return { file, text, faults: faults.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)), notes: [...notes], plans };
}

/** The document of a procedure, named by its folder or by its own path. Throws `unknown-procedure`. */
async function documentOf(named: string): Promise<string> {
  const path = resolve(named);
  const document = join(path, 'procedure.yaml');
  const isMissing = (error: NodeJS.ErrnoException) => error.code === 'ENOENT';
  const found = await stat(path).catch((error) => (isMissing(error) ? null : undefined));
  const asked = 'name the folder of the procedure, in which its procedure.yaml lies.';
  if (found === null) throw new GantryError('unknown-procedure', `There is no ${named}: ${asked}`);
  if (found?.isDirectory() === false && basename(path) === 'procedure.yaml') return path;
  if (found?.isDirectory() === false) throw new GantryError('unknown-procedure', `${named} is a file: ${asked}`);
  if (await stat(document).then(() => false, isMissing))
    throw new GantryError('unknown-procedure', `${named} has no procedure.yaml: ${asked}`);
  return document;
}

async function findingsOf<T>(
  work: () => Promise<T>,
): Promise<{ readonly value: T } | { readonly findings: readonly Finding[] }> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof GantryError) || error.code === 'internal') throw error;
    if (error.issues.length > 0) return { findings: error.issues };
    return { findings: [{ pointer: error.pointer ?? '', detail: error.message }] };
  }
}

function plan(check: ProcedureCheck, loaded: Loaded, policy: Policy, environment: string): Plan {
  const { document, files, notExecutable, digest, replaced } = loaded;
  const service = check.service ?? serviceOf(policy, document.procedure);
  const rules = Object.hasOwn(policy.services, service) ? policy.services[service] : undefined;
  const subject = requesterOf(policy, rules?.requesters ?? null);
  const samples = Object.entries(document.parameters).flatMap(([name, rule]) =>
    rule.default === undefined ? [[name, sampleOf(rule)] as const] : [],
  );
  return freezePlan({
    request: {
      service,
      environment,
      release: '1.0.0',
      artifact: { uri: 'artifact', digest: `sha256:${'0'.repeat(64)}` },
      procedure: document.procedure,
      parameters: { ...Object.fromEntries(samples), ...givenTo(document, check) },
      change: { summary: 'A check', reason: 'A check', type: 'normal' },
    },
    requester: { subject, name: subject },
    procedure: document,
    procedureDigest: digest,
    files,
    notExecutable,
    policy,
    policyDigest: digest,
    evidence: [],
    catalog: createAdapters(),
    messageKey: null,
    typicalRunMs: null,
    now: check.now,
    replaced,
  }).plan;
}

/** Parameters of the repository's own file, where that names this procedure. */
function givenTo({ procedure }: ProcedureDocument, { project }: ProcedureCheck): Parameters {
  const says = project?.says;
  return says?.procedure === procedure ? (says.parameters ?? {}) : {};
}

/** Of those who may request the person with the fewest roles: the requester approves nothing. */
function requesterOf({ people }: Policy, requesters: readonly string[] | null): string {
  const may = requesters?.flatMap((name) => findPerson(people, name) ?? []) ?? people;
  return [...may].sort((a, b) => a.roles.length - b.roles.length)[0]?.subject ?? '';
}

/** One that the policy deploys by this procedure, else any. */
function serviceOf({ services }: Policy, procedure: string): string {
  const named = Object.entries(services).find(([, rules]) => rules.procedures?.includes(procedure));
  return named?.[0] ?? 'service';
}

function sampleOf(rule: ParameterDocument): string | number {
  switch (rule.type) {
    case 'string':
      return rule.options?.[0] ?? 'sample';
    case 'duration':
      return rule.minimum ?? rule.maximum ?? '30s';
    case 'integer':
      return rule.minimum ?? rule.maximum ?? 1;
  }
}

/** Where a procedure is for: the environments that it names and the policy has; where it names none, or none of those, all. */
function environmentsOf({ environments = {} }: ProcedureDocument, policy: Policy): readonly string[] {
  const all = Object.keys(policy.environments);
  const named = all.filter((name) => Object.hasOwn(environments, name));
  return named.length > 0 ? named : all;
}

/** The policy where none is named: the environments of the procedure, or one, with the default rules and a person for every role. */
function anyPolicy({ steps, monitoring, documents = [], environments: own }: ProcedureDocument): Policy {
  const roles = steps.flatMap(({ gate, manual }) => [gate?.role, manual?.role]);
  const held = [...roles, monitoring.handoff?.role, 'service-owner'].filter((role) => role !== undefined);
  const max = Math.max(1, ...steps.map(({ gate }) => gate?.minimum ?? 1));
  const holders = Array.from({ length: max }, (_, i) => ({
    subject: `key:somebody-${i + 1}`,
    name: `Somebody ${i + 1}`,
    roles: [...new Set(held)],
  }));
  const people = [{ subject: 'key:whoever-asks', name: 'Whoever asks', roles: [] }, ...holders];
  const rules = {
    evidence: { maxAge: '7d' },
    approvals: { expireAfter: '24h', rules: [{ role: 'service-owner', minimum: 1 }] },
    stakeholders: [{ name: 'Everybody', log: true, on: ['requested', 'deployed', 'ended', 'page'] }],
    monitoring: { minimum: '1s' },
  };
  const author = { name: 'Gantry', email: 'gantry@example.com' };
  const repositories = Object.fromEntries(
    documents.flatMap(({ repository }) =>
      repository === undefined ? [] : [[repository, { url: 'https://git.example/any.git', author }]],
    ),
  );
  const environments = Object.fromEntries(Object.keys(own ?? { production: rules }).map((name) => [name, rules]));
  return policySchema.parse({ gantry: 1, people, repositories, environments });
}

/** Programs that are missing on this machine, though a worker may have them, and those probably meant to be the folder's own. */
async function programNotes(plan: Plan, folder: string, path: string): Promise<readonly string[]> {
  const notes: string[] = [];
  for (const program of await missingPrograms(plan, path)) {
    const isInFolder = !program.startsWith('/') && (await stat(join(folder, program)).catch(() => null))?.isFile();
    notes.push(
      isInFolder
        ? `${program} is looked for where the worker has its programs; for the one in this folder write ./${program}, and list it in files`
        : `${program} is no program of this machine: each worker needs it`,
    );
  }
  return notes;
}

/** Programs that a plan runs and this machine lacks, but for files of the procedure itself. `path`: where they are looked for. */
export async function missingPrograms(plan: Plan, path: string): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const program of new Set(programsOf(plan).map((one) => one.program))) {
    if (program.includes('/') && !program.startsWith('/')) continue;
    const places = program.startsWith('/')
      ? [program]
      : path.split(delimiter).flatMap((at) => (at === '' ? [] : [join(at, program)]));
    if (!(await Promise.all(places.map(mayRun))).includes(true)) missing.push(program);
  }
  return missing;
}

async function mayRun(file: string): Promise<boolean> {
  return access(file, constants.X_OK)
    .then(() => true)
    .catch(() => false);
}

/** Findings with their lines in the text and the steps that they are in, by its parsed content; null: it is not YAML. */
function faultsIn(text: string, written: unknown) {
  const place = placesIn(text);
  return (findings: readonly Finding[], environments: readonly string[]): readonly ProcedureFault[] =>
    findings.map((finding) => {
      const inside = /^\/procedure(\/.*|)$/.exec(finding.pointer)?.[1];
      const { detail, ...found } = place({ ...finding, pointer: inside ?? '' });
      const { line, column } = inside === undefined ? { line: null, column: null } : found;
      return { line, column, step: stepAt(written, inside ?? ''), pointer: finding.pointer, detail, environments };
    });
}

/** The id of the step that a place is in, as it is written; null where it is in none, or that has none. */
function stepAt(written: unknown, pointer: string): string | null {
  const index = /^\/steps\/(\d+)/.exec(pointer)?.[1];
  const { steps } = fieldsOf(written);
  const { id } = fieldsOf(Array.isArray(steps) ? steps[Number(index)] : undefined);
  return typeof id === 'string' && id !== '' && id.length <= 100 ? id : null;
}
