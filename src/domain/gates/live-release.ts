import { slotName } from '../plan/bindings.ts';
import { type Plan } from '../plan/plan.ts';
import type { LiveRelease } from '../plan/references.ts';
import { type Evaluated, evaluated, gate, type Served } from './gate.ts';
import { operatorsIn } from './preview-people.ts';

const required = 'the artifact that a rollback returns to is known';

/**
 * Whether it is known which artifact a rollback returns to, and whether the rollback checks tell it from the one that is
 * to come: the same name with another digest is another release. Presumed at the request, bound by the lock.
 */
export const liveRelease = gate({
  name: 'live-release',
  title: 'Live release known',
  absence: ({ change }) => (change.initial ? 'the first deployment has nothing to return to' : null),
  evaluate: {
    request: (plan, { bindings }) => evaluatedRelease(plan, { live: bindings.live, slot: slotName(bindings, 'live') }),
    lock: (plan, served) => evaluatedRelease(plan, served),
  },
  preview: (plan, { served }) => {
    const { found, verdict } = evaluatedRelease(plan, served);
    if (verdict !== 'failed') return { state: 'passed', required, found };
    return { state: 'blocked', required, found, reason: found, who: operatorsIn(plan, new Set()) };
  },
  waivedBy: null,
});

function evaluatedRelease(plan: Plan, served: Served): Evaluated {
  const failed = (found: string, digest: string | null = null) =>
    evaluated({ required, found, verdict: 'failed', digest }, `live release: ${found}`);
  const { live } = served;
  const fault = liveReleaseFault(plan, served);
  if (live === null || fault !== null)
    return failed(fault ?? 'nothing is known to be live: adopt what it serves first');
  const { uri, digest } = live.artifact;
  const [returns, adopted] = [`a rollback returns to ${live.release} (${uri})`, adoptionText(live)];
  if (live.release !== plan.release || digest === plan.artifact.digest)
    return evaluated({ required, found: `${returns}${adopted}`, verdict: 'passed', digest });
  const other = `${returns}, which has the name of the release that is to come and another digest, so it is another release${adopted}`;
  if (tellsMoreThanNames(plan)) return evaluated({ required, found: other, verdict: 'passed', digest });
  const why = `by the name no rollback check tells the two apart: compare \${live.artifact.digest} or \${slot.live.name} in rollback.verify, or give the release a name of its own`;
  return failed(`${other}; ${why}`, digest);
}

/** Whether a rollback check compares, or is handed, more of what served before than the name of its release. */
function tellsMoreThanNames({ rollback }: Plan): boolean {
  const compared = rollback.verify.map(({ spec: { json, command } }) => [json ?? '', command ?? '']);
  return /(?<!\$)\$\{(live\.artifact\.|slot\.live\.)/.test(JSON.stringify(compared));
}

/** Who said that it serves; empty where a deployment brought it. */
function adoptionText({ since, adopted }: LiveRelease): string {
  return adopted ? `, adopted ${since} by ${adopted.by.name} (${adopted.by.subject}): ${adopted.reason}` : '';
}

/**
 * Why nothing of a plan may run on a target, as far as what is live there goes; null when it may. Where the plan has
 * slots, the live one must be known to be one of them: the other one is idle, and to be deployed to.
 */
export function liveReleaseFault(
  plan: Plan,
  { live, slot }: { readonly live: LiveRelease | null; readonly slot: string | null },
): string | null {
  if (plan.change.initial) return null;
  const names = plan.slots.map(({ name }) => name);
  const isSlotKnown = names.length === 0 || names.includes(slot ?? '');
  if (isSlotKnown && (live !== null || !needsLiveRelease(plan))) return null;
  const { service, environment } = plan;
  const unknown =
    live === null
      ? `Nothing is known to be live on ${service} in ${environment}`
      : `${service} in ${environment} serves ${live.release} from ${slot === null ? 'no slot that is known' : `the slot ${slot}`}`;
  const which = names.length === 0 ? '' : `, in slot ${names.join(' or ')}`;
  return `${unknown}: adopt what it serves first${which} (POST /v1/targets/${service}/${environment}/adopt).`;
}

/** Whether anything in the plan refers to the live release, so that it can only run where one is known. */
export function needsLiveRelease(plan: Plan): boolean {
  return /(?<!\$)\$\{(live\.|slot\.live\.)/.test(
    JSON.stringify([plan.steps, plan.rollback, plan.health, plan.validation, plan.configuration?.sources ?? []]),
  );
}
