import { byteLength } from '../base/canonical-json.ts';
import { payloadLimitBytes } from '../base/payload-limit.ts';
import type { Subject } from '../base/subject.ts';
import { wantedOf } from '../deployment/missing-people.ts';
import { notificationFor } from '../deployment/notification-words.ts';
import { initialState } from '../deployment/state.ts';
import { watchedOf } from '../health/watched.ts';
import { largestGrant } from '../journal/largest-grant.ts';
import type { PlannedCheck } from '../kinds/adapter.ts';
import type { Asked, NotifyInput, StakeholderEvent } from '../kinds/notification.ts';
import { type Proof } from '../messages/messages.ts';
import { slotName } from '../plan/bindings.ts';
import { allCompensations } from '../plan/compensations.ts';
import type { ActionStep, Plan } from '../plan/plan.ts';
import { partName, placeOf, type SealedPlan, sealsOf } from '../plan/seals.ts';
import { planOfRepair } from '../target/repair-plan.ts';
import type { RequestKey } from '../target/requests.ts';
import { maxSignatures, partSealOf, type Seals } from '../trust/seal.ts';
import type { DeploymentInput } from './deployments.ts';
import type { EvaluateGatesInput } from './gates.ts';
import type { ObserveInput } from './observation.ts';
import type { RunIdentity } from './run-identity.ts';

/** A payload with parts of a plan, at its largest. */
export interface Payload {
  readonly what: string;
  readonly bytes: number;
}

/** Why some payload of a plan would be too large for Temporal; null: all fit. */
export function payloadFault(plan: Plan, planDigest: string): string | null {
  const tooLarge = payloadsOf(plan, planDigest).find(({ bytes }) => bytes > payloadLimitBytes);
  return tooLarge
    ? `Of this plan, ${tooLarge.what} can have ${tooLarge.bytes} bytes; at most ${payloadLimitBytes} fit.`
    : null;
}

/**
 * The payloads that hold a plan whole, or parts of it twice, with stand-ins of maximal length for what is not known yet.
 * Every other one holds parts of the plan once: what stands beside them, such as the messages of approvers, has the bytes
 * that the limit leaves beside the largest plan.
 */
export function payloadsOf(plan: Plan, planDigest: string): readonly Payload[] {
  const seals = plan.policy.messages.key === null ? null : sealsOf(plan, planDigest, () => anySignature);
  const sealed: SealedPlan = { plan, planDigest, seals };
  const runIdentity = runIdentityOf(plan, seals);
  const observed = observing(plan, seals, runIdentity);
  const request: RequestKey & SealedPlan = { ...sealed, key: anyDigest, bodyDigest: anyDigest };
  const state = { ...initialState(plan), ...maxLength(plan), bindings: maxLength(plan) };
  const notifyOf = (event: StakeholderEvent, what?: Asked): NotifyInput => ({
    notification: { ...notificationFor(plan, planDigest, state, event, what), at: anyTime },
    to: plan.policy.stakeholders,
  });
  const approvalWanted = wantedOf(plan, state, { kind: 'approval', then: 'expires', until: anyTime })?.asked;
  const grant = { fence: maxLength(plan).fence, ...presumed(plan) };
  const evaluated = (
    checks: readonly PlannedCheck[],
    of: Pick<EvaluateGatesInput, 'notify' | 'ask' | 'grant' | 'watched'>,
  ): EvaluateGatesInput => ({ ...sealed, runIdentity, observe: observed(checks), ...of });
  const actions = plan.steps.filter((step) => step.kind === 'action');
  return [
    sized('its request', request),
    sized('its workflow', started(sealed)),
    sized(
      'its evaluation with the health checks',
      evaluated(plan.health, {
        notify: notifyOf('requested'),
        ask: notifyOf('approval-wanted', approvalWanted),
        grant: null,
      }),
    ),
    sized(
      'its evaluation with the rollback checks',
      evaluated(plan.rollback.verify, { notify: null, ask: null, grant, watched: watchedOf(plan) }),
    ),
    ...actions.flatMap((step) =>
      looksAt(step).map((checks) => sized(`step ${step.id} with its checks`, observed(checks, step))),
    ),
    sized('its repair', started({ ...sealed, plan: largestRepair(plan) })),
  ];
}

const sized = (what: string, value: object): Payload => ({ what, bytes: byteLength(JSON.stringify(value)) });

const anyDigest = `sha256:${'0'.repeat(64)}`;
const anySignature = { key: '0'.repeat(16), signature: '0'.repeat(128) };
const anyRunId = '0'.repeat(36);
const anyTime = new Date(0).toISOString();

/** Of a warrant, by an API with as many keys as there may be. */
const anyProof: Proof = {
  nonce: '0'.repeat(32),
  sentBy: 'api',
  roles: [],
  issuedAt: anyTime,
  expiresAt: anyTime,
  signatures: Array.from({ length: maxSignatures }, () => anySignature),
};

/** JSON writes some characters with six bytes. */
const maxTextLength = (characters: number) => '\u0001'.repeat(characters);
const anybody: Subject = { subject: `oidc:${'s'.repeat(250)}`, name: maxTextLength(100) };

const maxLength = (plan: Plan) => largestGrant(plan).bindings;

/** What the workflow of a deployment is started with. */
function started(sealed: SealedPlan): DeploymentInput {
  return { ...sealed, number: maxLength(sealed.plan).fence, presumed: presumed(sealed.plan) };
}

function presumed(plan: Plan): DeploymentInput['presumed'] {
  const bindings = maxLength(plan);
  return { live: bindings.live, slot: slotName(bindings, 'live') };
}

function runIdentityOf(plan: Plan, seals: Seals | null): RunIdentity {
  const { fence, deployment } = maxLength(plan);
  const target = `${plan.service}/${plan.environment}`;
  const warrant = seals && { runId: anyRunId, planDigest: seals.planDigest, proof: anyProof };
  return { deployment, target, fence, runId: anyRunId, firstRunId: anyRunId, continuedFrom: anyRunId, warrant };
}

function observing(plan: Plan, seals: Seals | null, runIdentity: RunIdentity) {
  const bindings = maxLength(plan);
  const { procedure, inline, files, slots } = placeOf(plan);
  const workplace = { procedure, inline, files, slots, seal: partSealOf(seals, partName.place) };
  return (checks: readonly PlannedCheck[], step: ActionStep | null = null): ObserveInput => {
    const seal = step && partSealOf(seals, partName.step(step.id));
    return { runIdentity, workplace, checks, seal, step, bindings, once: false };
  };
}

/** The checks of a step: whether it was done, and whether it is verified. */
function looksAt({ done, verify }: ActionStep): readonly (readonly PlannedCheck[])[] {
  return [done ? [done] : [], verify.kind === 'checks' ? verify.checks : []];
}

/** A repair with every compensation outstanding, and texts of maximal length. */
function largestRepair(plan: Plan): Plan {
  const bindings = maxLength(plan);
  return planOfRepair(plan, anybody, {
    of: bindings.deployment,
    decision: 'compensate',
    reason: maxTextLength(500),
    outstanding: allCompensations(plan),
    ...presumed(plan),
    bindings,
    badBefore: plan.rollback.verify.map(({ id }) => id),
    unsure: plan.steps.map(({ id }) => id),
  });
}
