import { shortList } from '../base/short-list.ts';
import type { Wait } from '../journal/waits.ts';
import type { Asked, StakeholderEvent } from '../kinds/notification.ts';
import { type Plan, stepOf } from '../plan/plan.ts';
import { type Rule } from '../policy/quorum.ts';
import { unacknowledged } from './acknowledgements.ts';
import { missingFor } from './approvals.ts';
import { excludedFrom } from './excluded-approvers.ts';
import type { DeploymentState } from './state.ts';

/** What a wait still lacks: so many people of each role, and who they could be, by their subjects. */
export function missingIn(
  plan: Plan,
  state: DeploymentState,
  wait: Pick<Wait, 'kind' | 'step' | 'role'>,
): { readonly missing?: readonly Rule[]; readonly who?: readonly string[] } {
  switch (wait.kind) {
    case 'approval':
    case 'gate': {
      const missing = missingFor(plan, state.approvals, wait.step ?? 'start');
      const excluded = excludedFrom(plan);
      return { missing, who: holdersOf(plan, rolesIn(missing)).filter((subject) => !excluded.has(subject)) };
    }
    case 'readiness':
    case 'handoff': {
      const missing = unacknowledged(plan, state, wait.kind).map((role) => ({ role, minimum: 1 }));
      return { missing, who: holdersOf(plan, rolesIn(missing)) };
    }
    case 'manual':
      return { who: wait.role === undefined ? [] : holdersOf(plan, [wait.role]) };
    case 'notification':
    case 'window':
    case 'target':
    case 'hold':
    case 'pause':
    case 'monitoring':
      return {};
  }
}

/** What people are asked for while a deployment waits, and which event that is to them. */
export interface WantedOfPeople {
  readonly event: Extract<StakeholderEvent, 'approval-wanted' | 'wanted'>;
  readonly asked: Asked;
}

/** What a wait asks of people: what, of whom, until when, and what happens otherwise; null where people can do nothing. */
export function wantedOf(plan: Plan, state: DeploymentState, wait: Wait): WantedOfPeople | null {
  const { missing = [], who = [] } = missingIn(plan, state, wait);
  const { deployment } = state;
  const names = namesOf(plan, who);
  const roles = `${rolesIn(missing).join(', ')}${names}`;
  const needed = `${missing.map(({ role, minimum }) => `${minimum} ${role}`).join(', ')}${names}`;
  const step = wait.step === undefined ? undefined : stepOf(plan, wait.step);
  const title = step?.title ?? wait.step ?? '';
  const till = wait.until === null ? '.' : ` until ${wait.until}; otherwise ${outcomeWords[wait.then]}.`;
  const asked = (
    event: WantedOfPeople['event'],
    text: string,
    { who: whose, what, also = '' }: { readonly who: string; readonly what: string; readonly also?: string },
  ) => ({ event, asked: { text: `${text}${till}${also}`, wanted: { who: whose, what, until: wait.until } } });
  const approve = { who: needed, what: `read the plan, then approve or reject ${deployment}` };
  switch (wait.kind) {
    case 'approval':
      return asked('approval-wanted', `Approval by ${needed} is wanted`, approve);
    case 'gate':
      return asked('approval-wanted', `Gate "${title}": approval by ${needed} is wanted`, approve);
    case 'readiness':
      return asked('wanted', `Readiness of ${roles} is to be acknowledged`, {
        who: roles,
        what: `acknowledge readiness for ${deployment}`,
      });
    case 'handoff':
      return asked('wanted', `The handoff to ${roles} is to be acknowledged`, {
        who: roles,
        what: `acknowledge the handoff of ${deployment}`,
      });
    case 'manual': {
      const by = `${wait.role ?? 'a person'}${names}`;
      const also = wait.reason === undefined ? '' : ` What to do: ${wait.reason}`;
      const what = `do step ${title} of ${deployment} and report it`;
      return asked('wanted', `Step "${title}" is to be done by ${by} and reported`, { who: by, what, also });
    }
    case 'pause': {
      const why = wait.reason === undefined ? '' : ` (${wait.reason})`;
      const what = `resume or abort ${deployment}`;
      return asked('wanted', `It is paused${why}, and somebody is to resume or abort it`, { who: 'anybody', what });
    }
    case 'notification':
    case 'window':
    case 'target':
    case 'hold':
    case 'monitoring':
      return null;
  }
}

const outcomeWords: Readonly<Record<Wait['then'], string>> = {
  expires: 'it ends as expired',
  rejects: 'it ends as rejected',
  'rolls back': 'everything is rolled back',
  'goes on': 'it goes on',
  pages: 'people are paged',
};

/** Shorter waits have no reminder, in milliseconds. */
const minRemindedLength = 10_000;

/** How long before the end of a wait of `withinMs` people are reminded: a quarter of it, at most an hour; null: never. */
export function reminderMs(withinMs: number): number | null {
  return withinMs < minRemindedLength ? null : Math.min(withinMs / 4, 3_600_000);
}

const rolesIn = (missing: readonly Rule[]) => missing.map(({ role }) => role);

function holdersOf(plan: Plan, roles: readonly string[]): readonly string[] {
  return plan.policy.people
    .filter((person) => person.roles.some((role) => roles.includes(role)))
    .map(({ subject }) => subject);
}

function namesOf(plan: Plan, who: readonly string[]): string {
  const names = plan.policy.people.filter(({ subject }) => who.includes(subject)).map(({ name }) => name);
  return names.length === 0 ? '' : ` (${shortList(names)})`;
}
