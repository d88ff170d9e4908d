import type { EntryOf } from '../journal/entries.ts';
import { liveReleaseFault } from '../plan/bindings.ts';
import type { Plan } from '../plan/plan.ts';
import type { LiveRelease } from '../plan/references.ts';

/**
 * The gate `live-release`: whether it is known which artifact a rollback returns to, and whether the rollback checks tell
 * it from the one that is to come: the same name with another digest is another release.
 */
export function liveReleaseGate(
  plan: Plan,
  served: { readonly live: LiveRelease | null; readonly slot: string | null },
): Pick<EntryOf<'gate-evaluated'>, 'required' | 'found' | 'verdict' | 'digest'> {
  if (plan.change.initial)
    return { required: 'nothing', found: 'the first deployment has nothing to return to', verdict: 'not-required' };
  const required = 'the artifact that a rollback returns to is known';
  const { live } = served;
  const fault = liveReleaseFault(plan, served);
  if (live === null || fault !== null)
    return { required, found: fault ?? 'nothing is known to be live: adopt what it serves first', verdict: 'failed' };
  const { uri, digest } = live.artifact;
  const [returns, adopted] = [`a rollback returns to ${live.release} (${uri})`, adoptionText(live)];
  if (live.release !== plan.release || digest === plan.artifact.digest)
    return { required, found: `${returns}${adopted}`, verdict: 'passed', digest };
  const other = `${returns}, which has the name of the release that is to come and another digest, so it is another release${adopted}`;
  if (tellsMoreThanNames(plan)) return { required, found: other, verdict: 'passed', digest };
  const why = `by the name no rollback check tells the two apart: compare \${live.artifact.digest} or \${slot.live.name} in rollback.verify, or give the release a name of its own`;
  return { required, found: `${other}; ${why}`, verdict: 'failed', digest };
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
