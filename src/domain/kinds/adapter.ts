import type { z } from 'zod';
import type { JsonObject } from '../base/json.ts';

/** `passed`: measured, good. `failed`: measured, bad. `error`: could not measure. `inconclusive`: measured, not enough to decide. */
export type Verdict = 'passed' | 'failed' | 'error' | 'inconclusive';

/**
 * What an adapter gets beside its spec. The spec it gets has every `${reference}` already filled in, except
 * `${secret:name}` and `${secret-file:name}`, which only `secrets` can read.
 */
export interface AdapterContext {
  /** Given to commands as `GANTRY_DEPLOYMENT`, `GANTRY_FENCE`, `GANTRY_STEP`, `GANTRY_STEP_KEY`, to HTTP as `Gantry-*` headers. */
  readonly identity: {
    readonly deployment: string;
    readonly fence: number;
    /** The step's id, or the check's id for checks. */
    readonly step: string;
    /** The same for every attempt of one step of one deployment: the idempotency key. */
    readonly stepKey: string;
  };
  /** The procedure's folder, or null for an inline procedure (its commands run in a fresh empty folder). */
  readonly folder: string | null;
  readonly secrets: SecretReader;
  /** Aborted when the attempt must stop at once. The adapter then ends what it started and waits until that is gone. */
  readonly signal: AbortSignal;
  /** Limit of this one attempt, in milliseconds. */
  readonly timeoutMs: number;
}

/** Reads secrets for one attempt and remembers what it read, so that nothing of it leaves unmasked. */
export interface SecretReader {
  /**
   * The last filling of a string: replaces `${secret:name}` and `${secret-file:name}`, and `$${` by `${`. With `only`,
   * a secret by value is refused. A file is named by its path, or by what `fileAt` makes of that: the process that reads it may
   * have no access to the path. Throws `secret-missing`.
   */
  expand(template: string, only?: 'secret-file', fileAt?: (path: string) => Promise<string>): Promise<string>;
  /** Replaces every value read so far, raw, base64, hex, URL- or JSON-escaped, by `[secret:name]`. */
  mask(text: string): string;
}

/** What a command or an answer printed: the first and the last KiB, masked; the rest (up to 1 MiB) under its digest. */
export interface CapturedOutput {
  readonly head: string;
  readonly tail: string;
  readonly bytes: number;
  readonly truncated: boolean;
  readonly digest: string;
  /** The masked text itself, up to 1 MiB. The activity moves it to the store; it never enters the journal. */
  readonly text?: string;
}

interface Timed {
  /** Worker's clock, ISO 8601 UTC with milliseconds. */
  readonly startedAt: string;
  readonly endedAt: string;
  /** One line for people: `exit 0`, `204`, `timed out after 30 s`. Masked. */
  readonly summary: string;
  readonly output?: CapturedOutput;
  /** How long the answer itself took, in milliseconds, where the adapter had to tidy up after it. Evaluated, not journaled. */
  readonly tookMs?: number;
}

/**
 * How one attempt of an action ended. `failed`: it answered that it failed. `unknown`: the answer does not show
 * whether the effect took place (timeout, cut connection, cancelled). Either way the caller reads back before it decides.
 * `not-started`: provably nothing happened (no such program, nothing sent), so there is nothing to read back or undo.
 */
export interface ActionOutcome extends Timed {
  readonly kind: 'completed' | 'failed' | 'unknown' | 'not-started';
  /** Named facts: exit code, status, digest of the answer. */
  readonly observed: JsonObject;
}

/** One sample of a check. */
export interface Measurement extends Timed {
  readonly verdict: Verdict;
  readonly observed: JsonObject;
  /** Who answered, where the check knows it: a release name, `unnamed` (an answer without a name) or `nobody`. */
  readonly answeredBy?: string;
  /**
   * Of an effect that is read back and did not pass: it was seen not to be there. Without it that is unknown: an answer
   * that was not asked for, a refused connection or a crash show nothing of the effect.
   */
  readonly readBack?: 'not-done';
}

/** The sample of a health check that began last; times as measured. */
export type LatestSample = Pick<Measurement, 'verdict' | 'startedAt' | 'endedAt' | 'summary'>;

/**
 * What the rest of Gantry has to know of a kind, whatever its name. `runs-files`: it runs what its argv names, such as files of the procedure, so
 * these are compared before, and it is refused where policy takes only such as run as a user of their own. `availability`: it
 * measures what users of the service find. `metrics-source`: it asks a source of metrics, which a rollback goes on
 * without, so it stands neither in `done` nor in `rollback.verify`.
 */
export type Trait = 'runs-files' | 'availability' | 'metrics-source';

/** What a check has to find, in words: of the answer (`status 200`), and of numbers that are held to limits (`/p99 ≤ 300`). */
export interface Expects {
  readonly answer: readonly string[];
  readonly numbers: readonly string[];
}

/** One kind of action. A new kind is one file in `src/adapters/actions` and one line in its `kinds.ts`. */
export interface ActionAdapter<Spec = never> {
  readonly kind: string;
  /** The strict schema of the spec, its own kind's key included, common options (`timeout`, `attempts`) excluded, references filled in. */
  readonly schema: z.ZodType<Spec>;
  readonly traits?: readonly Trait[];
  run(spec: Spec, context: AdapterContext): Promise<ActionOutcome>;
}

/** Milliseconds between samples, and how many make a window unless the check says so itself. */
export interface Pace {
  readonly intervalMs: number;
  readonly windowSize: number;
}

/** One kind of check. A new kind is one file in `src/adapters/checks` and one line in its `kinds.ts`. */
export interface CheckAdapter<Spec = never> {
  readonly kind: string;
  /** As for actions; the sampling options (`id`, `within`, `interval`, `count`, …) are excluded. */
  readonly schema: z.ZodType<Spec>;
  /** For checks that sample at a rate of their own (`availability`). */
  pace?(spec: Spec): Pace;
  /** What an answer is that came later than its limit, whatever its content; `error` when absent. */
  readonly whenLate?: 'failed';
  readonly traits?: readonly Trait[];
  /** The threshold in words, of a spec that fits the schema; references may still stand in it, and are filled in afterwards. */
  expects(spec: JsonObject): Expects;
  measure(spec: Spec, context: AdapterContext): Promise<Measurement>;
}

/** The kinds this process knows, by kind. Planning validates against it; acting looks its adapter up in it. */
export interface AdapterCatalog {
  readonly actions: ReadonlyMap<string, ActionAdapter>;
  readonly checks: ReadonlyMap<string, CheckAdapter>;
}

/** How a check is sampled and when it fails: the words and meanings of Argo Rollouts' analysis. */
export interface Sampling {
  /** One sample may take this long. */
  readonly timeoutMs: number;
  readonly intervalMs: number;
  /** Keep trying this long until it passes; 0: `count` samples decide. */
  readonly withinMs: number;
  /** How many samples make a verdict (point checks). */
  readonly count: number;
  /** Fails when failures > limit. */
  readonly failureLimit: number;
  /** How many samples without a word of good or bad (errors, inconclusive ones) may follow each other; more are a breach. */
  readonly consecutiveErrorLimit: number;
  /** 0: not asked; else so many good samples must follow each other. */
  readonly consecutiveSuccessLimit: number;
  /** Only of a health check, which goes on until its deployment ends. */
  readonly health?: HealthSampling;
}

/** How many failures and errors are too many. */
export type Limits = Pick<Sampling, 'failureLimit' | 'consecutiveErrorLimit'>;

/** What the failures of a health check are counted over: so many samples, or so many milliseconds. */
export type SampleWindow =
  | { readonly kind: 'samples'; readonly size: number }
  | { readonly kind: 'time'; readonly ms: number };

export interface HealthSampling {
  readonly window: SampleWindow;
  /** `must-pass`: bad before the first change, it refuses the start. `may-fail`: it evaluates from its first good sample on. */
  readonly atStart: 'must-pass' | 'may-fail';
  /** `as-failures`: what could not be measured counts as failed (a service that does not answer is not available). */
  readonly errors: 'as-failures' | 'by-limit';
}

/** A check as it stands in a plan: sampling parsed, the adapter's own options still with references. */
export interface PlannedCheck {
  readonly id: string;
  readonly kind: string;
  readonly spec: JsonObject;
  readonly sampling: Sampling;
  /** In the words of its kind when the plan was frozen, so that a reader of the plan needs to know no kinds. */
  readonly expects: Expects;
  /** Absent: none. */
  readonly traits?: readonly Trait[];
}
