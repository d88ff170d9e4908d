import { liveReleaseFault } from '../domain/bindings.ts';
import { digestOfJson } from '../domain/canonical-json.ts';
import { judgeStages } from '../domain/evidence.ts';
import type { GateName } from '../domain/journal.ts';
import type { Plan, Subject } from '../domain/plan.ts';
import type { DeploymentRequest } from '../domain/request.ts';
import type { TargetView } from '../domain/target.ts';
import type { ApiDeps, Frozen } from './deps.ts';
import { freeze, nothingLive, servedFor } from './planning.ts';

/** A gate as far as it can be told beforehand; `open`: only the deployment itself can judge it. */
interface PreviewedGate {
  /** A gate step goes by its id. */
  readonly gate: GateName | (string & {});
  readonly verdict: 'passed' | 'failed' | 'open' | 'not-required';
  readonly required?: string;
  readonly found?: unknown;
  /** Who has yet to speak. */
  readonly missing?: unknown;
}

interface Preview extends Frozen {
  readonly greatestDurationMs: number;
  /** The parts, by pointer, that differ from the plan that ran last; null where none ever ran. */
  readonly changed: readonly string[] | null;
  readonly gates: readonly PreviewedGate[];
}

/** What a request would lead to; nothing is stored or started. Throws as `freeze` does. */
export async function preview(deps: ApiDeps, caller: Subject, body: DeploymentRequest): Promise<Preview> {
  const { plan, planDigest } = await freeze(deps, body, caller);
  const [gates, before] = await Promise.all([gatesOf(deps, plan), planThatRanLast(deps, plan)]);
  const changed = before && changedParts(before, plan);
  return { plan, planDigest, greatestDurationMs: plan.greatestDurationMs, changed, gates };
}

/** In the order of the process. */
async function gatesOf(deps: ApiDeps, plan: Plan): Promise<readonly PreviewedGate[]> {
  const { approvals, readiness, evidence } = plan.policy;
  const { initial } = plan.change;
  const needsLive = liveReleaseFault(plan, nothingLive) !== null;
  const [rows, served] = await Promise.all([
    deps.store.evidenceOf(plan.artifact.digest),
    needsLive ? servedFor(deps, plan) : nothingLive,
  ]);
  const stages = judgeStages(rows, plan.artifact.digest, deps.now(), evidence.maxAgeMs);
  return [
    ...stages.map(({ stage, verdict, required, found }) => ({ gate: `stage-${stage}`, verdict, required, found })),
    {
      gate: 'health-answers',
      verdict: 'open',
      required: 'every health check answers',
      found: 'not asked yet: the deployment asks each of them first of all',
    },
    {
      gate: 'notified',
      verdict: 'open',
      required: 'stakeholders told of the request',
      found: 'not told yet: the deployment tells them first of all',
    },
    ...(readiness ? [{ gate: 'readiness', verdict: 'open', missing: readiness.roles } as const] : []),
    { gate: 'approval', verdict: 'open', missing: approvals.rules },
    needsLive
      ? { gate: 'live-release', ...liveReleaseIn(plan, served) }
      : { gate: 'live-release', verdict: 'not-required', found: 'the plan speaks of none' },
    initial
      ? { gate: 'rollback-checks', verdict: 'not-required', found: 'the first deployment has nothing to return to' }
      : {
          gate: 'rollback-checks',
          verdict: 'open',
          required: 'what a rollback returns to is there',
          found: 'not measured yet: the deployment does so once it holds the target',
        },
    ...plan.steps.flatMap((step): PreviewedGate[] =>
      step.kind === 'gate'
        ? [{ gate: step.id, verdict: 'open', missing: [{ role: step.role, minimum: step.minimum }] }]
        : [],
    ),
  ];
}

function liveReleaseIn(
  plan: Plan,
  served: Pick<TargetView, 'live' | 'slot'>,
): Pick<PreviewedGate, 'verdict' | 'found'> {
  const fault = liveReleaseFault(plan, served);
  return fault === null ? { verdict: 'passed', found: served.live } : { verdict: 'failed', found: fault };
}

/** All other outcomes are of deployments that changed nothing. */
const ran: ReadonlySet<string | null> = new Set(['succeeded', 'rolled-back', 'needs-intervention']);
/** Of a target's newest deployments, so many are looked through. */
const lookBack = 200;

/** The newest plan that has run on this target to its end; a repair only finishes another one. */
async function planThatRanLast({ store }: ApiDeps, { service, environment }: Plan): Promise<Plan | null> {
  const { items } = await store.deployments({ service, environment, limit: lookBack });
  for (const { planDigest } of items.filter(({ outcome }) => ran.has(outcome))) {
    const plan = await store.plan(planDigest);
    if (plan?.repair === null) return plan;
  }
  return null;
}

/** The parts of a plan, by pointer, that are not as they were. */
function changedParts(before: object, after: object): readonly string[] {
  const was = before as Record<string, unknown>;
  const is = after as Record<string, unknown>;
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return keys
    .filter((key) => digestOfJson(was[key] ?? null) !== digestOfJson(is[key] ?? null))
    .sort()
    .map((key) => `/${key}`);
}
