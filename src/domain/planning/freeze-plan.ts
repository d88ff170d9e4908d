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
import { payloadFault } from '../ports/payloads.ts';
import { checkInline, checkTaken } from './allowed-procedures.ts';
import { inEnvironment, rulesOfEnvironment } from './environments.ts';
import type { PlanningInput } from './input.ts';
import { resolveParameters } from './parameters.ts';
import { digestPlan } from './plan-digest.ts';
import { checkPlanRules } from './plan-rules.ts';
import { checkSize } from './plan-size.ts';
import { freezeConfiguration } from './planned-configuration.ts';
import { freezeDocuments } from './planned-documents.ts';
import { freezePolicy } from './planned-policy.ts';
import { freezeSteps } from './planned-steps-and-checks.ts';
import { referenceFaults, referencesOf } from './reference-rules.ts';
import { checkRehearsal } from './rehearsal-rules.ts';
import type { DeploymentRequest } from './request.ts';
import { checkPeople, checkService } from './requester-rules.ts';
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
  const sealed = digestPlan({ ...draft, maxDurationMs: maxDurationOf(draft) });
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
