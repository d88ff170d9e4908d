import { parseTarget } from '../../domain/base/ids.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import { peopleOfService } from '../../domain/policy/roles-for-service.ts';
import type { LateNoteInput } from '../../domain/ports/targets.ts';
import { lateNoteEntry } from '../../domain/target/late-notes.ts';
import type { ActivityDeps } from '../deps.ts';
import { knownDeployment } from '../journal/known-deployment.ts';
import { alarmed } from '../trust/alarm.ts';
import { actorOf, requireOwnDeployment, requireProven } from '../trust/vouching.ts';
import { publishAfterEnd } from './after-end.ts';

/**
 * Writes a person's note on a deployment behind the end of its journal, and publishes its record again; answers why
 * the file of that could not be written, or null. A repeat changes nothing. Throws `other-target`, `unproven-message`,
 * `forbidden`, `too-early` while the deployment runs, `not-ready` while it is about to close.
 */
export async function recordNote(deps: ActivityDeps, input: LateNoteInput): Promise<string | null> {
  const { deployment, note, target, at } = input;
  await requireOwnDeployment(deps, deployment, target);
  const claim = `${note.by}, who is said to note ${deployment}`;
  const isVerified = await requireProven(deps, { target, about: deployment, message: 'note', claim }, note);
  const people = peopleOfService((await deps.policy.read()).policy, parseTarget(target).service);
  const person = findPerson(people, note.by);
  if (!person) {
    const detail = `${note.by} is no person of the policy, and notes nothing.`;
    throw await alarmed(deps, { target, code: 'forbidden', detail });
  }
  const known = await knownDeployment(deps, deployment);
  if (!known || known.journal.length === 0) return null;
  const entry = lateNoteEntry(known.journal, actorOf(person, isVerified), note, at);
  return publishAfterEnd(deps, known, entry ? [...known.journal, entry] : known.journal);
}
