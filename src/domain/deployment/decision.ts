import type { ErrorCode } from '../base/error-codes.ts';
import type { EntryBody } from '../journal/entries.ts';
import type { Actor, StopCause } from '../journal/values.ts';
import { type MessageName, maxAccepted } from '../messages/messages.ts';
import type { FrozenPlan } from '../plan/seals.ts';
import { noPointLeft } from './pause-limits.ts';
import { type DeploymentState, takenBy } from './state.ts';
import { whereItStands } from './where-it-stands.ts';

/**
 * What becomes of a message: entries for the journal, and why it stops the deployment where it does; or the code and
 * sentence it is refused with.
 */
export type Decision =
  | { readonly kind: 'accepted'; readonly entries: readonly EntryBody[]; readonly stops?: StopCause }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string };

export const accepted = (...entries: EntryBody[]): Decision => ({ kind: 'accepted', entries });
/** Accepted, and the deployment is stopped for this. */
export const stopping = (stops: StopCause, ...entries: EntryBody[]): Decision => ({ kind: 'accepted', entries, stops });

export const refused = (code: ErrorCode, detail: string): Decision => ({ kind: 'refused', code, detail });

/** Refuses a message that nothing waits for, with what the deployment waits for instead. */
export const notWaiting = ({ state }: Pick<Context, 'state'>, detail: string): Decision =>
  refused('not-waiting', `${detail} ${whereItStands(state)}`);

/** What a message is decided by. */
export interface Context extends FrozenPlan {
  readonly state: DeploymentState;
  readonly actor: Actor;
  /** Roles that the sender holds now, by the API; absent or null where that is not known. */
  readonly heldNow?: readonly string[] | null;
  /** In milliseconds; absent where `can` of the status is computed. */
  readonly now?: number;
}

/** That a message is not taken in a phase, in a sentence. */
export function whyNot(name: MessageName, phase: DeploymentState['phase']): string {
  return `${name} is not taken in ${phase}${name === 'pause' ? `: ${noPointLeft}` : ''}.`;
}

/** Refuses a message beyond the maximum of its kind (`maxAccepted`). `of`: what is counted apart from others. */
export function tooMany({ state, actor }: Context, name: keyof typeof maxAccepted, of: string = name): Decision | null {
  const { ofEach, inAll } = maxAccepted[name];
  const own = state.taken[takenBy(of, actor.subject)] ?? 0;
  if (own >= ofEach)
    return refused('too-many-messages', `${actor.subject} has sent ${own} times: ${of}. No more is taken.`);
  if ((state.taken[of] ?? 0) >= inAll)
    return refused('too-many-messages', `${inAll} times was sent: ${of}. No more is taken.`);
  return null;
}
