import type { Phase } from '../../../../src/domain/base/phases.ts';
import { decide } from '../../../../src/domain/deployment/decide-message.ts';
import { stateOf } from '../../../../src/domain/deployment/state.ts';
import type { EntryBody } from '../../../../src/domain/journal/entries.ts';
import type { Actor } from '../../../../src/domain/journal/values.ts';
import type { Wait } from '../../../../src/domain/journal/waits.ts';
import type { Message } from '../../../../src/domain/messages/messages.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput } from '../planning-input.ts';

export const { plan, planDigest } = freezePlan(planningInput());
export const at = '2026-11-23T09:00:00.000Z';

/** What becomes of a message in a phase, under a plan that is changed so, after these entries. */
export function said(
  phase: Phase,
  actor: Actor,
  message: Message,
  { entries = [], change = {}, now }: { entries?: readonly EntryBody[]; change?: Partial<Plan>; now?: number } = {},
) {
  const bodies: EntryBody[] = [{ type: 'phase-entered', phase }, ...entries];
  const journal = bodies.map((body, i) => ({ v: 1 as const, seq: i + 1, at, ...body }));
  const state = { ...stateOf({ ...plan, ...change }, journal), requestedAt: at };
  return decide(
    { plan: { ...plan, ...change }, planDigest, state, actor, ...(now === undefined ? {} : { now }) },
    message,
  );
}
export const entryOf = (...given: Parameters<typeof said>) => {
  const decision = said(...given);
  return decision.kind === 'accepted' ? decision.entries[0] : decision;
};
export const policy = (change: Partial<Plan['policy']>) => ({ change: { policy: { ...plan.policy, ...change } } });
export const waiting = (kind: Wait['kind'], step: string): EntryBody => {
  return { type: 'waiting-started', wait: { kind, until: null, then: 'rolls back', step } };
};
export const approved = (by: Actor, gate: string): EntryBody => {
  return { type: 'approval-granted', by, gate, role: 'service-owner', planDigest, expiresAt: null };
};
export const approve = (gate = 'start', more: object = {}) =>
  ({ name: 'approve', argument: { by: 'key:bob', planDigest, gate, ...more } }) as const;
export const reject = (more: object = {}) =>
  ({ name: 'reject', argument: { by: 'key:bob', planDigest, gate: 'start', ...more } }) as const;
export const withdraw = (gate: string, more: object = {}) =>
  ({ name: 'withdraw', argument: { by: 'key:bob', planDigest, gate, ...more } }) as const;
export const abort = (more: object = {}) => ({ name: 'abort', argument: { by: 'key:dan', ...more } }) as const;
export const pause = (more: object = {}) => ({ name: 'pause', argument: { by: 'key:dan', ...more } }) as const;
export const acknowledge = (what: 'readiness' | 'handoff' | 'page', more: object = {}) =>
  ({ name: 'acknowledge', argument: { by: 'key:dan', for: what, ...more } }) as const;
export function page(): EntryBody {
  return { type: 'page-opened', page: '1', until: '2026-11-23T09:05:00.000Z' };
}
