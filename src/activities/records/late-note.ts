import { GantryError } from '../../domain/base/errors.ts';
import { isDeploymentOf, parseTarget } from '../../domain/base/ids.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import { peopleOfService } from '../../domain/policy/roles.ts';
import type { LateNoteInput } from '../../domain/ports/targets.ts';
import { lateNoteEntry } from '../../domain/target/late-notes.ts';
import type { ActivityDeps } from '../deps.ts';
import { raiseAlarm } from '../trust/alarm.ts';
import { requireProven } from '../trust/vouching.ts';
import { knownDeployment, publishAfterEnd } from './after-end.ts';

/**
 * Writes what somebody notes of a deployment behind the end of its journal, and publishes its record again; answers why
 * the file of that could not be written, or null. A repeat changes nothing. Throws `other-target`, `unproven-message`,
 * `forbidden`, `too-early` while the deployment runs, `not-ready` while it is about to close.
 */
export async function recordNote(deps: ActivityDeps, input: LateNoteInput): Promise<string | null> {
  const { deployment, note, target, at } = input;
  const refuse = async (code: 'other-target' | 'forbidden', detail: string) => {
    await raiseAlarm(deps, { target, code, detail });
    return new GantryError(code, detail);
  };
  const { service, environment } = parseTarget(target);
  if (!isDeploymentOf(deployment, { service, environment }))
    throw await refuse('other-target', `${deployment.slice(0, 200)} is no deployment of ${target}.`);
  const isVerified = await requireProven(deps, { target, about: deployment, message: 'note' }, note.by, note);
  const person = findPerson(peopleOfService((await deps.policy.read()).policy, service), note.by);
  if (!person) throw await refuse('forbidden', `${note.by} is no person of the policy, and notes nothing.`);
  const known = await knownDeployment(deps, deployment);
  if (!known || known.journal.length === 0) return null;
  const by = {
    subject: person.subject,
    name: person.name,
    via: isVerified ? 'api' : 'update',
    identity: isVerified ? 'verified' : 'asserted',
  } as const;
  const entry = lateNoteEntry(known.journal, by, note, at);
  return (await publishAfterEnd(deps, known, entry ? [...known.journal, entry] : known.journal)).notExported;
}
