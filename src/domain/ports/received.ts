import { artifactUriFault, artifactUriPattern, digestPattern } from '../base/artifact.ts';
import { fieldsOf } from '../base/fields.ts';
import { isDeploymentOf, parseDeploymentId, type TargetName } from '../base/ids.ts';
import { namePattern } from '../base/names.ts';
import { isRelease } from '../base/release.ts';
import type { Subject } from '../base/subject.ts';
import { subjectPattern } from '../base/subject.ts';
import type { PageAcknowledgementClaim } from '../journal/paging.ts';
import type { DeliveryResult } from '../journal/values.ts';
import type { Stakeholder } from '../kinds/notification.ts';
import type { LiveRelease, Served } from '../plan/references.ts';
import type { Adopted, RequestKey, Resolution } from '../target/requests.ts';
import type { Grant } from '../target/result.ts';
import type { ReviewClosing } from '../target/reviews.ts';
import type { OfDeployment } from './callers.ts';
import type { PageInput, PageName } from './notification.ts';

/** More than the notifications of one deployment. */
const maxDeliveries = 200;

const isText = (value: unknown, maxLength: number): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= maxLength && value.isWellFormed();
const isLike = (value: unknown, pattern: RegExp): value is string => typeof value === 'string' && pattern.test(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;
const isDeliveryId = (value: unknown): value is string => isLike(value, /^[0-9a-f]{32}$/);
const isSlot = (value: unknown): value is string | null => value === null || isLike(value, namePattern);
const isDeployment = (value: unknown): value is string =>
  typeof value === 'string' && parseDeploymentId(value) !== undefined;
const isTime = (value: unknown): value is string => isText(value, 40) && !Number.isNaN(Date.parse(value));

function liveIn(raw: unknown): LiveRelease | null {
  const { release, artifact, since, deployment, adopted } = fieldsOf(raw);
  const { uri, digest } = fieldsOf(artifact);
  if (typeof release !== 'string' || !isRelease(release) || !isTime(since)) return null;
  if (!isLike(uri, artifactUriPattern) || !isLike(digest, digestPattern)) return null;
  if (artifactUriFault(uri, digest) !== null) return null;
  if (deployment !== null && !isText(deployment, 200)) return null;
  const { by, reason } = fieldsOf(adopted);
  const isAdopted = isSubject(by) && isText(reason, 1_000);
  return { release, artifact: { uri, digest }, since, deployment, ...(isAdopted ? { adopted: { by, reason } } : {}) };
}

function servedIn(raw: unknown): Served | null {
  const { live: said, slot } = fieldsOf(raw);
  const live = liveIn(said);
  return live && isSlot(slot) ? { live, slot } : null;
}

/** The grant of a lock, as its target signals it; null where it is none. */
export function grantIn(raw: unknown): Grant | null {
  const { fence, live: said, slot } = fieldsOf(raw);
  const live = said === null ? null : liveIn(said);
  if (!isCount(fence) || (said !== null && !live) || !isSlot(slot)) return null;
  return { fence, live, slot };
}

/** By which deployment one was superseded: a newer one of the same target; null where it was not. */
export function supersederIn(raw: unknown, own: TargetName & { readonly number: number }): string | null {
  const { by } = fieldsOf(raw);
  if (typeof by !== 'string' || !isDeploymentOf(by, own)) return null;
  return (parseDeploymentId(by)?.number ?? 0) > own.number ? by : null;
}

/** The number of the deployment that asks its target for the lock; null where none does. */
export function askerIn(raw: unknown): number | null {
  const { number } = fieldsOf(raw);
  return isCount(number) ? number : null;
}

/** Which deployment leaves its target, and what serves from then on; null where none does. */
export function leavingIn(raw: unknown): { readonly number: number; readonly serves: Served | null } | null {
  const { number, serves: said = null } = fieldsOf(raw);
  const serves = said === null ? null : servedIn(said);
  return isCount(number) && (said === null || serves) ? { number, serves } : null;
}

/** Which holder of its target's lock needs a person, and the last number of its journal then; null where none does. */
export function stuckIn(raw: unknown): { readonly number: number; readonly seq: number } | null {
  const { number, seq } = fieldsOf(raw);
  return isCount(number) && isCount(seq) ? { number, seq } : null;
}

/** Which delivery of which deployment has ended; null where none has. */
export function deliveryEndIn(raw: unknown): (OfDeployment & { readonly delivery: string }) | null {
  const { deployment, delivery } = fieldsOf(raw);
  return isDeployment(deployment) && isDeliveryId(delivery) ? { deployment, delivery } : null;
}

const isPageName = (value: unknown): value is string => isLike(value, /^[a-z0-9-]{1,40}$/);

/** The page that a signal is about; null where it is about none. */
export function pageIn(raw: unknown): string | null {
  const { page } = fieldsOf(raw);
  return isPageName(page) ? page : null;
}

/** Which page of which deployment has gone on; null where none has. */
export function latePageIn(raw: unknown): PageName | null {
  const { deployment } = fieldsOf(raw);
  const page = pageIn(raw);
  return page !== null && isDeployment(deployment) ? { deployment, page } : null;
}

/** Whether this claims that a page was acknowledged; an activity verifies it. */
export function isPageAcknowledgementClaim(raw: unknown): raw is PageAcknowledgementClaim {
  const { by, for: what, delivery, page, proof } = fieldsOf(raw);
  if (what !== 'page' || !isOptionalObject(proof)) return false;
  return delivery === undefined ? isLike(by, subjectPattern) : isDeliveryId(delivery) && isPageName(page);
}

/** Whether this begins a page. */
export function isPage(raw: unknown): raw is PageInput {
  const { notification, to, first, acknowledgeWithinMs, roles } = fieldsOf(raw);
  const { page, deployment, at, lines } = fieldsOf(notification);
  const isList = (value: unknown, maxLength: number) => Array.isArray(value) && value.length <= maxLength;
  if (!isPageName(page) || !isText(deployment, 200) || !isTime(at) || !isList(lines, 100)) return false;
  return (
    isList(to, 200) && isList(roles, 100) && isList(fieldsOf(first)['deliveries'], 200) && isCount(acknowledgeWithinMs)
  );
}

/** Of which deployment late documents have ended; null where none have. */
export function documentsEndIn(raw: unknown): OfDeployment | null {
  const { deployment } = fieldsOf(raw);
  return isDeployment(deployment) ? { deployment } : null;
}

/** The result of a delivery, as its workflow has answered; null where it is none. */
export function deliveryResultIn(raw: unknown): DeliveryResult | null {
  const { how, delivered, summary, attempts, lastAt } = fieldsOf(raw);
  if (!isText(how, 500) || typeof delivered !== 'boolean' || typeof summary !== 'string' || summary.length > 500)
    return null;
  if (!(attempts === 0 || isCount(attempts)) || !isTime(lastAt)) return null;
  return { how, delivered, summary: summary.toWellFormed(), attempts, lastAt: new Date(lastAt).toISOString() };
}

/** Whether a delivery's workflow was started with something to deliver. */
export function isDeliveryInput(raw: unknown): boolean {
  const { notification, to, first } = fieldsOf(raw);
  const { deployment, service, environment } = fieldsOf(notification);
  const { id, stakeholder, how, again } = fieldsOf(first);
  const { afterMs = null } = fieldsOf(again);
  const isName = (name: unknown) => name === null || isLike(name, namePattern);
  return (
    isText(deployment, 200) &&
    isName(service) &&
    isName(environment) &&
    fieldsOf(to) === to &&
    isDeliveryId(id) &&
    isText(stakeholder, 200) &&
    isText(how, 500) &&
    isOptionalObject(again) &&
    (afterMs === null || (typeof afterMs === 'number' && afterMs >= 0))
  );
}

/** The deliveries that a deployment has left open, as it reports at its end. */
export function openDeliveriesIn(raw: unknown): readonly string[] {
  const { openDeliveries } = fieldsOf(raw);
  const ids: readonly unknown[] = Array.isArray(openDeliveries) ? openDeliveries : [];
  return ids.filter(isDeliveryId).slice(0, maxDeliveries);
}

/** The stakeholders of a plan; null where they cannot be read. */
export function stakeholdersIn(raw: unknown): readonly Stakeholder[] | null {
  const isStakeholder = (one: unknown) => {
    const { name, on, channels } = fieldsOf(one);
    const isWay = (way: unknown) =>
      isText(fieldsOf(way)['kind'], 200) && fieldsOf(fieldsOf(way)['spec']) === fieldsOf(way)['spec'];
    return isText(name, 500) && Array.isArray(on) && Array.isArray(channels) && channels.every(isWay);
  };
  return Array.isArray(raw) && raw.every(isStakeholder) ? (raw as readonly Stakeholder[]) : null;
}

const isSubject = (raw: unknown): raw is Subject => {
  const { subject, name } = fieldsOf(raw);
  return isLike(subject, subjectPattern) && isText(name, 500);
};
const isOptionalObject = (raw: unknown) => raw === undefined || raw === null || fieldsOf(raw) === raw;

/** Whether a target's workflow was started with a name for it. */
export function isTargetName(raw: unknown): boolean {
  const { service, environment, known } = fieldsOf(raw);
  return isLike(service, namePattern) && isLike(environment, namePattern) && isOptionalObject(known);
}

/** Whether this requests a deployment of a target. */
export function isRequest(raw: unknown): raw is RequestKey & { readonly plan: object } {
  const { key, bodyDigest, plan, planDigest, seals } = fieldsOf(raw);
  if (!isText(key, 500) || !isText(bodyDigest, 500)) return false;
  return fieldsOf(plan) === plan && isLike(planDigest, digestPattern) && isOptionalObject(seals);
}

/** Whether this says what a target serves. */
export function isAdoption(raw: unknown): raw is Adopted {
  const { by, reason, proof } = fieldsOf(raw);
  return servedIn(raw) !== null && isSubject(by) && isText(reason, 1_000) && isOptionalObject(proof);
}

/** Whether this resolves a stuck target. */
export function isResolution(raw: unknown): raw is Resolution {
  const { deployment, decision, live, reason, by, proof } = fieldsOf(raw);
  if (!isText(deployment, 200) || (decision !== 'compensate' && decision !== 'accept')) return false;
  const isServed = live === null || live === undefined || servedIn(live) !== null;
  return isServed && isSubject(by) && isText(reason, 1_000) && isOptionalObject(proof);
}

/** Whether this closes a review. */
export function isReviewClosing(raw: unknown): raw is ReviewClosing {
  const { deployment, findings, by, proof } = fieldsOf(raw);
  return isText(deployment, 200) && isText(findings, 10_000) && isSubject(by) && isOptionalObject(proof);
}
