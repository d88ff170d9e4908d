import type { Preview } from '../../contract/preview.ts';
import type { Subject } from '../../domain/base/subject.ts';
import { whoCouldLift, whoCouldRequest } from '../../domain/gates/candidates.ts';
import type { PreviewedGate } from '../../domain/gates/gate.ts';
import { evaluatePlanStages } from '../../domain/gates/plan-stages.ts';
import { previewGates } from '../../domain/gates/preview.ts';
import { bindingsFor, bindingsLookup } from '../../domain/plan/bindings.ts';
import type { Plan } from '../../domain/plan/plan.ts';
import { type Lookup } from '../../domain/plan/references.ts';
import { type Notice, noticesOf } from '../../domain/planning/notices.ts';
import type { DeploymentRequest } from '../../domain/planning/request.ts';
import { checksInWords, stepsInWords } from '../../domain/planning/steps-in-words.ts';
import { describeWindows, evaluateWindow } from '../../domain/policy/calendar/evaluate-window.ts';
import { mayVouchFor } from '../../domain/policy/robots.ts';
import { signersWithRoot } from '../../domain/policy/signers-schema.ts';
import { evaluateRehearsal } from '../../domain/rehearsal/counts-as-proof.ts';
import { type RehearsalRow, vouchedFor } from '../../domain/rehearsal/statement.ts';
import { openLimit } from '../../domain/target/requests.ts';
import { reviewFault } from '../../domain/target/reviews.ts';
import { type TargetReview } from '../../domain/target/state.ts';
import { type TargetView } from '../../domain/target/view.ts';
import { rehearsalsFor } from '../../store/whole.ts';
import { verifyNatively } from '../../system/native-signatures.ts';
import { timeZoneData } from '../../system/time-zone-data.ts';
import { weighInTurns } from '../../system/weigh-in-turns.ts';
import type { ApiDeps } from '../deps.ts';
import { mayNotReview } from '../targets/reviews.ts';
import { changedSinceLast } from './changed.ts';
import { freeze, nothingLive, servedFor } from './freeze.ts';

const maxOfOneName = 5;

/** What a request would do; nothing is stored or started. Throws as `freeze` does. */
export async function preview(deps: ApiDeps, caller: Subject, body: DeploymentRequest): Promise<Preview> {
  const { plan, planDigest } = await freeze(deps, body, caller);
  const served = plan.change.initial ? nothingLive : await servedFor(deps, plan);
  const known = await knownOf(deps, plan);
  const [gates, changes, sameName, outlook] = await Promise.all([
    gatesOf(deps, plan, served, known),
    changedSinceLast(deps, plan, known.rows),
    othersOfTheName(deps, plan),
    lookAhead(deps, plan, known),
  ]);
  const lookup = boundTo(plan, served);
  return {
    plan,
    planDigest,
    outlook,
    steps: stepsInWords(plan, lookup),
    checks: checksInWords(plan, lookup),
    maxDurationMs: plan.maxDurationMs,
    gates,
    ...changes,
    sameName,
  };
}

/** How many of a target's newest deployments are searched. */
const lookBack = 200;

/** What the store knows of a plan's target now. */
async function knownOf({ store, now }: ApiDeps, { service, environment }: Plan) {
  const at = now();
  const [freezes, target, { items: rows }, { items: open }] = await Promise.all([
    store.freezesOf(service, environment, new Date(at).toISOString()),
    store.target(service, environment),
    store.deployments({ service, environment, limit: lookBack }),
    store.deployments({ service, environment, isOpen: true, limit: openLimit }),
  ]);
  return { now: at, freezes, target, rows, open };
}

type Known = Awaited<ReturnType<typeof knownOf>>;

async function lookAhead({ store }: ApiDeps, plan: Plan, { rows, open, ...known }: Known): Promise<readonly Notice[]> {
  const { lock, live } = known.target ?? {};
  // A deployment that needs intervention has ended and still holds the target.
  const holder = rows.find(({ id, outcome }) => id === lock?.deployment && outcome !== null);
  const since = rows.find(({ id }) => id === live?.deployment)?.number ?? 0;
  const before = rows.find(
    ({ number, outcome, artifactDigest }) =>
      number < since && outcome === 'succeeded' && artifactDigest === plan.artifact.digest,
  );
  // A repair only finishes another deployment: it does not make its own artifact live.
  const isRepair = before !== undefined && (await store.plan(before.planDigest))?.repair !== null;
  return noticesOf(plan, {
    now: known.now,
    windowAt: (at) => evaluateWindow(plan.policy.windows, known.freezes, at),
    target: known.target,
    open: holder ? [...open, holder] : open,
    served: before && !isRepair ? before : null,
  });
}

/** Deployments of another artifact under the same release name, the newest first, also those that changed nothing. */
async function othersOfTheName({ store }: ApiDeps, { service, release, artifact }: Plan): Promise<Preview['sameName']> {
  const { items } = await store.deployments({ service, release, limit: 200 });
  return items
    .filter((row) => row.release === release && row.artifactDigest !== artifact.digest)
    .slice(0, maxOfOneName)
    .map(({ id, artifactDigest }) => ({ deployment: id, artifactDigest }));
}

type Served = Pick<TargetView, 'live' | 'slot'>;

/** Number and fence are not known before the lock is granted; the live release may change until then. */
function boundTo(plan: Plan, { live, slot }: Served): Lookup {
  if (live === null && !plan.change.initial) return () => undefined;
  const lookup = bindingsLookup(bindingsFor(plan, '', 0, live, slot));
  return (name) => (name === 'deployment' || name === 'fence' ? undefined : lookup(name));
}

async function gatesOf(
  deps: ApiDeps,
  plan: Plan,
  served: Served,
  { now, freezes, target }: Known,
): Promise<readonly PreviewedGate[]> {
  const { digest } = plan.artifact;
  const [rows, refused, rehearsals, { policy }] = await Promise.all([
    deps.store.evidenceOf(digest),
    deps.store.refusedEvidenceOf(digest),
    rehearsalsFor(deps.store, plan),
    deps.policy.read(),
  ]);
  const { signers: named, trustedRoot } = plan.policy.evidence;
  const signers = named && signersWithRoot({ signers: named, trustedRoot });
  const mayVouch = (submittedBy: string) => mayVouchFor(policy, submittedBy, plan.service);
  const weigh = await weighInTurns(rows, { signers, mayVouch });
  const { windows } = plan.policy;
  const window = { ...evaluateWindow(windows, freezes, now), required: describeWindows(windows, timeZoneData(now)) };
  return previewGates(plan, {
    stages: evaluatePlanStages(plan, rows, now, { signers, refused, mayVouch, weigh }),
    rehearsal: { ...rehearsalNow(deps, plan, rehearsals, now), who: whoCouldRequest(policy, plan.service) },
    served,
    window: { ...window, who: whoCouldLift(policy, plan, { freezes, window, now }) },
    review: await overdueReview(deps, plan, target?.reviews ?? []),
  });
}

/** The overdue review that blocks this change, with all who may not close it: the target does not know who approved. */
async function overdueReview({ store }: ApiDeps, plan: Plan, reviews: readonly TargetReview[]) {
  const found = reviewFault({ reviews }, plan);
  return found && { ...found, excluded: [...found.excluded, ...(await mayNotReview(store, found.deployment))] };
}

/** The rehearsal that counts, and whether its signature cannot be verified here. */
function rehearsalNow({ attestationKeys }: ApiDeps, plan: Plan, rows: readonly RehearsalRow[], now: number) {
  const finding = evaluateRehearsal(plan, rows, now, attestationKeys, verifyNatively);
  const row = rows.find(({ digest }) => digest === finding.digest);
  return {
    ...finding,
    isUnverified: row !== undefined && vouchedFor(row, attestationKeys, verifyNatively).kind === 'unknown-key',
  };
}
