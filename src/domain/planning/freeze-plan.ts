import { type ErrorIssue, GantryError } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { besides, findingsOf, refuse } from '../base/refuse.ts';
import { weighingBy } from '../evidence/counts-as-evidence.ts';
import { newestDigests } from '../evidence/evaluate-stages.ts';
import { evidenceRulesOf } from '../evidence/rules.ts';
import { maxDurationOf } from '../plan/durations.ts';
import type { Change, Plan } from '../plan/plan.ts';
import { lookupIn } from '../plan/references.ts';
import type { FrozenPlan } from '../plan/seals.ts';
import { findPerson, findRobot } from '../policy/find-person.ts';
import { payloadFault } from '../ports/payloads.ts';
import { checkInline, checkTaken, inEnvironment, rulesOfEnvironment } from './environments.ts';
import type { PlanningInput } from './input.ts';
import { resolveParameters } from './parameters.ts';
import { sealPlan } from './plan-digest.ts';
import { checkPlanRules } from './plan-rules.ts';
import { checkSize } from './plan-size.ts';
import { freezeConfiguration } from './planned-configuration.ts';
import { freezeDocuments } from './planned-documents.ts';
import { freezePolicy } from './planned-policy.ts';
import { freezeSteps } from './planned-steps.ts';
import { referenceFaults, referencesOf } from './reference-rules.ts';
import { checkRehearsal } from './rehearsal-rules.ts';
import type { DeploymentRequest } from './request.ts';
import { mayRequest, serviceRules } from './requester-rules.ts';
import { apartFaults } from './shared-addresses.ts';
import { SpecReader } from './spec-reader.ts';

/**
 * Resolves and freezes a plan: procedure + release + parameters + policy. All faults of the procedure are reported together,
 * except those that follow from another one. Throws GantryErrors with JSON pointers: `unknown-environment`,
 * `inline-procedure-refused`, `invalid-parameter`, `unknown-reference`, `forbidden`, `invalid-procedure`, `shared-address`,
 * `policy-not-met`, `artifact-unbound`, `limit-exceeded`, `plan-too-large`.
 */
export function freezePlan(input: PlanningInput): FrozenPlan {
  const { request, requester, procedure, policy, files, procedureDigest: digest } = input;
  const { service, environment, release, artifact, mode = 'deployment' } = request;
  const rules = rulesOfEnvironment(policy, environment);
  const inline = typeof request.procedure !== 'string';
  if (inline) checkInline(rules);
  checkPeople(input);
  checkService(input);
  checkSize(procedure);
  const { procedure: name } = procedure;
  checkTaken(procedure, { name, digest, inline }, environment, policy, rules);
  const parameters = resolveParameters(procedure.parameters, request.parameters);
  const { frozen, values, slots, unresolved } = freezeReferences(input, parameters);

  const read = new SpecReader(input.catalog, lookupIn(frozen), slots);
  const parts = freezeSteps(procedure, rules, read);
  const configuration = freezeConfiguration(procedure, read);
  const documents = freezeDocuments(procedure, policy, read);
  const change = freezeChange(request.change);
  const draft: Plan = {
    v: 1,
    mode,
    service,
    environment,
    release,
    artifact,
    requester,
    change,
    procedure: { name, description: read.text(procedure.description), digest, inline },
    parameters,
    ...(values === null ? {} : { env: values }),
    files,
    slots,
    ...parts,
    ...(documents === null ? {} : { documents }),
    ...(configuration === null ? {} : { configuration }),
    policy: freezePolicy({ ...input, ...parts, service, environment, change, procedure: { name, digest } }, rules),
    evidence: newestDigests(input.evidence, input.weigh ?? weighingBy(evidenceRulesOf(policy, request))),
    maxDurationMs: 0,
    repair: null,
  };
  const faults = planFaults({ found: read.faults(unresolved), replaced: input.replaced ?? [] }, [
    () => checkRehearsal(draft, policy.environments),
    () => checkPlanRules(draft, procedure, rules, input.notExecutable ?? []),
  ]);
  if (faults.length > 0) refuse(faults);
  const sealed = sealPlan({ ...draft, maxDurationMs: maxDurationOf(draft) });
  const fault = payloadFault(sealed.plan, sealed.planDigest);
  if (fault !== null) throw new GantryError('plan-too-large', fault, { pointer: '/procedure' });
  return sealed;
}

/** A change with everything that was left out. */
function freezeChange(given: DeploymentRequest['change']): Change {
  const { summary, reason, type, risk = null, impact = null, ticket = null } = given;
  const { authors = [], onBehalfOf = null, initial = false } = given;
  return { summary, reason, type, risk, impact, ticket, authors, onBehalfOf, initial };
}

/**
 * What references mean where the plan is for, and what is wrong with them: each means something in every environment that
 * the procedure names, and these are apart.
 */
function freezeReferences({ request, procedure, catalog }: PlanningInput, parameters: JsonObject) {
  const { release, artifact, service, environment, change } = request;
  const frozenIn = (name: string) => {
    const { values, slots } = inEnvironment(procedure, name);
    const frozen: JsonObject = {
      release,
      artifact,
      service,
      environment: name,
      ...(values && { env: values }),
      parameters,
    };
    return { frozen, values, slots };
  };
  const references = referencesOf(procedure);
  const others = Object.keys(procedure.environments ?? {}).filter((name) => name !== environment);
  const unknown = [environment, ...others].flatMap((name) => {
    const where = name === environment ? null : name;
    return referenceFaults(references, { ...frozenIn(name), where, initial: change.initial ?? false });
  });
  const isUnknown = (pointer: string) => unknown.some((fault) => `${fault.pointer}/`.startsWith(`${pointer}/`));
  // What refers to nothing is the same everywhere.
  const shared = apartFaults(procedure, { release, artifact, service, parameters }, catalog).filter(
    ({ pointer }) => !isUnknown(pointer),
  );
  return { ...frozenIn(environment), unresolved: [...unknown, ...shared] };
}

/** Requester, the one on whose behalf, and authors must be people (or a robot that may request). */
function checkPeople({ request, requester, policy }: PlanningInput): void {
  const { change } = request;
  if (!mayRequest(policy, requester))
    throw new GantryError('forbidden', `${requester.subject} may not request deployments.`);
  if (findRobot(policy.robots, requester.subject)) checkNamesPeople(change);
  const unknown = [
    ...(change.onBehalfOf === undefined ? [] : [{ who: change.onBehalfOf, pointer: '/change/onBehalfOf' }]),
    ...(change.authors ?? []).map((who, i) => ({ who, pointer: `/change/authors/${i}` })),
  ]
    .filter(({ who }) => !findPerson(policy.people, who))
    .filter(({ pointer }) => pointer === '/change/onBehalfOf' || policy.unknownAuthors === 'refuse');
  if (unknown.length > 0)
    refuse(
      unknown.map(({ who, pointer }) => ({
        pointer,
        code: 'invalid-parameter',
        detail: `the policy knows no person ${JSON.stringify(who)}, so nobody could tell whether they approve their own work`,
      })),
    );
}

/** A robot wrote nothing itself: without authors, those who wrote it could approve their own work. */
function checkNamesPeople({ onBehalfOf, authors = [] }: DeploymentRequest['change']): void {
  const issue = (pointer: string, detail: string): ErrorIssue => ({ pointer, code: 'malformed', detail });
  const issues = [
    ...(onBehalfOf === undefined
      ? [issue('/change/onBehalfOf', 'a robot names the person on whose behalf it requests')]
      : []),
    ...(authors.length === 0 ? [issue('/change/authors', 'a robot names the people who wrote the artifact')] : []),
  ];
  if (issues.length > 0) refuse(issues);
}

/** Refuses a request that the policy's own rules of its service do not take. */
function checkService({ request, requester, policy }: PlanningInput): void {
  const { service, change, procedure } = request;
  const own = serviceRules(policy, service, requester, change.onBehalfOf ?? null);
  if (!own.isRobotOfService)
    throw new GantryError('forbidden', `${own.robot?.subject} may not request for ${service}.`, {
      pointer: '/service',
    });
  if (!own.mayAsk)
    throw new GantryError('forbidden', `${own.person?.subject} may not request for ${service}.`, {
      pointer: own.robot ? '/change/onBehalfOf' : '/service',
    });
  if (!own.takes(typeof procedure === 'string' ? procedure : null))
    throw new GantryError('policy-not-met', `The policy deploys ${service} by ${own.procedures?.join(' or ')} only.`, {
      pointer: '/procedure',
    });
}

interface Read {
  /** What was found as the procedure was read, its stand-ins included. */
  readonly found: readonly ErrorIssue[];
  /** Where the procedure has stand-ins for what is wrong with it, as pointers. */
  readonly replaced: readonly string[];
}

/** All faults of a plan, for one answer: those that were read, and those that `rules` refuse and that follow from no other. */
function planFaults({ found, replaced }: Read, rules: readonly (() => void)[]): readonly ErrorIssue[] {
  const standIns = replaced.map((pointer) => ({ pointer }));
  const read = besides(standIns, found);
  const broken = besides(standIns, rules.flatMap(findingsOf)).filter((one) => !mayComeOf([...standIns, ...read], one));
  return [...read, ...broken];
}

/**
 * A rule may be broken only because of a known fault: in the same place, inside it, or in the list that holds it. Whether
 * the artifact's digest is handed on cannot be evaluated while steps or checks have faults.
 */
function mayComeOf(known: readonly Pick<ErrorIssue, 'pointer'>[], { code, pointer }: ErrorIssue): boolean {
  if (code === 'artifact-unbound')
    return known.some((one) => /^\/procedure\/(steps|validation|health)/.test(one.pointer));
  return known.some(
    (one) => `${pointer}/`.startsWith(`${one.pointer}/`) || one.pointer.replace(/\/[^/]*$/, '') === pointer,
  );
}
