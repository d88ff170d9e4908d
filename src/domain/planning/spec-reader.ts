import { parseDuration } from '../base/duration.ts';
import type { ErrorIssue } from '../base/errors.ts';
import { toIssues } from '../base/issues.ts';
import type { JsonObject } from '../base/json.ts';
import { besides, toPointer } from '../base/refuse.ts';
import { nameSchema } from '../base/text-schemas.ts';
import { readActionOptions } from '../kinds/action-options.ts';
import type { ActionAdapter, AdapterCatalog, CheckAdapter, Expects, PlannedCheck, Trait } from '../kinds/adapter.ts';
import { healthKeys, readSampling, samplingKeys } from '../kinds/sampling.ts';
import { type Bindings, bindingsLookup } from '../plan/bindings.ts';
import type { PlannedSource } from '../plan/configuration.ts';
import type { Checks, Plan, PlannedAction } from '../plan/plan.ts';
import { fillAll, fillSome, fillText, type Lookup } from '../plan/references.ts';
import {
  doneFaults,
  healthFaults,
  metricsFaults,
  pointFaults,
  runningFaults,
  type SamplingFault,
  written,
} from './check-limits.ts';
import { type ProcedureDocument, repeated } from './procedure.ts';

export type Path = readonly PropertyKey[];

/**
 * Stand-ins for what the lock will bind, so that adapters' schemas can evaluate a spec at planning. Either slot may be the
 * live one by then.
 */
export function sampleBindings(slots: Plan['slots'], deployment = 'service.environment.1'): readonly Bindings[] {
  const digest = `sha256:${'0'.repeat(64)}`;
  const sample = {
    deployment,
    fence: 1,
    live: { release: '0.0.0', artifact: { uri: 'sample', digest }, since: '', deployment: null },
  };
  const [one, other] = slots.map(({ keys }) => keys);
  if (!one || !other) return [{ ...sample, slot: null }];
  return [
    { ...sample, slot: { live: one, idle: other } },
    { ...sample, slot: { live: other, idle: one } },
  ];
}

const nothing: Expects = { answer: [], numbers: [] };

function traitsOf(adapter: ActionAdapter | CheckAdapter | null): { readonly traits?: readonly Trait[] } {
  return adapter?.traits ? { traits: adapter.traits } : {};
}

/** Reads adapters' specs out of a procedure, fills in what is frozen and collects all faults. */
export class SpecReader {
  private readonly issues: ErrorIssue[] = [];
  private readonly catalog: AdapterCatalog;
  private readonly frozen: Lookup;
  private readonly samples: readonly Lookup[];

  constructor(catalog: AdapterCatalog, frozen: Lookup, slots: Plan['slots']) {
    this.catalog = catalog;
    this.frozen = frozen;
    this.samples = sampleBindings(slots).map(bindingsLookup);
  }

  fault(path: Path, detail: string): void {
    this.issues.push({ pointer: toPointer(['procedure', ...path]), code: 'invalid-procedure', detail });
  }

  /** All faults, after those that are `known`: what a schema finds in the place of one of those follows from it. */
  faults(known: readonly ErrorIssue[]): readonly ErrorIssue[] {
    return [...known, ...besides(known, this.issues)];
  }

  /** Text for people. */
  text(text: string): string {
    return fillText(text, this.frozen);
  }

  /** A duration or a reference to one, in milliseconds; `absentMs` where nothing is written. */
  duration(text: string | undefined, path: Path, absentMs = 1): number {
    if (text === undefined) return absentMs;
    const filled = fillSome(text, this.frozen);
    const ms = typeof filled === 'string' ? parseDuration(filled) : undefined;
    if (ms === undefined) this.fault(path, 'write a duration such as 30s');
    return ms ?? 1;
  }

  /** An action, or one that undoes something, with the options common to all of them. */
  action(document: JsonObject, path: Path): PlannedAction & { readonly attempts: number } {
    const { own, timeout, attempts, faults } = readActionOptions(document, path.at(-1) === 'undo');
    const { kind, spec, adapter } = this.spec(own, path, this.catalog.actions);
    for (const { key, detail } of faults) this.fault([...path, key], detail);
    return { kind, spec, timeoutMs: this.duration(timeout, [...path, 'timeout']), ...traitsOf(adapter), attempts };
  }

  /** `isHealth`: one that goes on until the deployment ends. */
  check(document: JsonObject, path: Path, givenId?: string, isHealth = false): PlannedCheck {
    const filled = fillSome<JsonObject>(document, this.frozen);
    const options = Object.fromEntries(Object.entries(filled).filter(([key]) => !samplingKeys.includes(key)));
    const id = givenId ?? filled['id'];
    if (!nameSchema.safeParse(id).success)
      this.fault([...path, 'id'], 'give the check an id: lower-case letters, digits, hyphens');
    if (givenId !== undefined && filled['id'] !== undefined) this.fault([...path, 'id'], 'this check needs no id');
    const { kind, spec, adapter } = this.spec(options, path, this.catalog.checks);
    const pace = isHealth ? this.paceOf(kind, spec) : undefined;
    const sampling = readSampling(filled, isHealth ? (pace ? { pace } : {}) : null);
    if (!isHealth) this.refuse(written(filled, healthKeys, 'only health checks go on until the deployment ends'), path);
    if (sampling.kind === 'refused')
      this.issues.push(
        ...sampling.issues.map((issue) => ({ ...issue, pointer: toPointer(['procedure', ...path]) + issue.pointer })),
      );
    const expects = adapter?.expects(spec) ?? nothing;
    const own = typeof id === 'string' ? id : '';
    return { id: own, kind, spec, sampling: sampling.value, expects, ...traitsOf(adapter) };
  }

  /** Checks that decide at one point, or why there are none. */
  group(value: ProcedureDocument['validation']['performance'], path: Path): Checks {
    return Array.isArray(value)
      ? { kind: 'checks', checks: this.pointChecks(value, path) }
      : { kind: 'none', reason: this.text(value.none) };
  }

  /** Checks that decide at one point. */
  pointChecks(documents: readonly JsonObject[], path: Path): readonly PlannedCheck[] {
    const checks = this.checks(documents, path);
    checks.forEach(({ sampling }, i) => this.refuse(pointFaults(documents[i] ?? {}, sampling), [...path, i]));
    return checks;
  }

  /** What reads an effect back. */
  doneCheck(document: JsonObject, path: Path): PlannedCheck {
    this.refuse(doneFaults(document), path);
    const check = this.check(document, path, 'done');
    this.refuse(metricsFaults(check), path);
    return check;
  }

  /** Checks of what a rollback returns to. */
  rollbackChecks(documents: readonly JsonObject[], path: Path): readonly PlannedCheck[] {
    const checks = this.pointChecks(documents, path);
    checks.forEach((check, i) => this.refuse(metricsFaults(check), [...path, i]));
    return checks;
  }

  private refuse(faults: readonly SamplingFault[], path: Path): void {
    for (const { key, why } of faults) this.fault([...path, key], `${key} has no meaning here: ${why}`);
  }

  /** Checks that run until the end: what only decides when a check is over has no meaning there. */
  healthChecks(documents: readonly JsonObject[], path: Path): readonly PlannedCheck[] {
    const checks = this.checks(documents, path, true);
    documents.forEach((document, i) => {
      this.refuse(runningFaults(document, this.isPaced(checks[i]?.kind ?? '')), [...path, i]);
    });
    return checks;
  }

  checks(documents: readonly JsonObject[], path: Path, areHealth = false): readonly PlannedCheck[] {
    const checks = documents.map((document, i) => this.check(document, [...path, i], undefined, areHealth));
    for (const { index, id } of repeated(checks).filter((one) => one.id !== ''))
      this.fault([...path, index, 'id'], `a check above has the id ${id} already: each has an id of its own`);
    return checks;
  }

  /** Refuses health checks that could never fail, or that are not watched for long enough. */
  watch(checks: readonly PlannedCheck[], watch: { readonly watchMs: number; readonly periodMs: number }): void {
    checks.forEach(({ kind, sampling }, i) => {
      const faults = healthFaults(sampling, watch, this.isPaced(kind));
      for (const { key, detail } of faults) this.fault(['health', i, key], detail);
    });
  }

  private isPaced(kind: string): boolean {
    return this.catalog.checks.get(kind)?.pace !== undefined;
  }

  private paceOf(kind: string, spec: JsonObject) {
    const adapter = this.catalog.checks.get(kind);
    const read = adapter?.schema.safeParse(fillAll(spec, this.samples[0] ?? this.frozen));
    return read?.success ? adapter?.pace?.(read.data) : undefined;
  }

  /** Where keys of a configuration are read: by a check's adapter, or from a file. */
  source(document: JsonObject, path: Path): Pick<PlannedSource, 'kind' | 'spec'> {
    if (Object.hasOwn(document, 'file')) {
      const spec = fillSome<JsonObject>(document, this.frozen);
      const file = spec['file'];
      if (typeof file !== 'string' || !file.startsWith('/') || file.includes('\0'))
        this.fault([...path, 'file'], 'name a file of the worker’s machine, from /');
      for (const key of Object.keys(document).filter((one) => one !== 'file'))
        this.fault([...path, key], `${key} has no meaning beside file`);
      return { kind: 'file', spec };
    }
    this.refuse(written(document, ['absent', 'json', 'number', 'status', 'method', 'body'], 'its keys are read'), path);
    const kinds = ['http', 'command'].flatMap((kind) => {
      const adapter = this.catalog.checks.get(kind);
      return adapter ? [[kind, adapter] as const] : [];
    });
    const { kind, spec } = this.spec(document, path, new Map(kinds));
    return { kind: kind === 'command' ? 'command' : 'http', spec };
  }

  /** Finds the adapter by its key and holds the spec, with sample bindings, to the adapter's schema. */
  private spec<Adapter extends ActionAdapter | CheckAdapter>(
    document: JsonObject,
    path: Path,
    kinds: ReadonlyMap<string, Adapter>,
  ): { readonly kind: string; readonly spec: JsonObject; readonly adapter: Adapter | null } {
    const found = Object.keys(document).filter((key) => kinds.has(key));
    const kind = found[0];
    if (kind === undefined || found.length > 1) {
      this.fault(path, `name exactly one of ${[...kinds.keys()].join(', ')}`);
      return { kind: kind ?? '', spec: {}, adapter: null };
    }
    const spec = fillSome<JsonObject>(document, this.frozen);
    const adapter = kinds.get(kind) ?? null;
    for (const sample of this.samples) {
      const result = adapter?.schema.safeParse(fillAll(spec, sample));
      if (result?.success !== false) continue;
      this.issues.push(...toIssues(result.error, 'invalid-procedure', ['procedure', ...path]));
      return { kind, spec, adapter: null };
    }
    return { kind, spec, adapter };
  }
}
