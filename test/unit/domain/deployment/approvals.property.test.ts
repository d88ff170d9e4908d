import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isApproved } from '../../../../src/domain/deployment/approvals.ts';
import { decide } from '../../../../src/domain/deployment/decide-message.ts';
import { goingOn } from '../../../../src/domain/deployment/go-on-or-back.ts';
import { lapsedBy, removedSince } from '../../../../src/domain/deployment/removed-approvers.ts';
import { stateOf } from '../../../../src/domain/deployment/state.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Message } from '../../../../src/domain/messages/messages.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { type Policy, policySchema } from '../../../../src/domain/policy/policy.ts';
import {
  author,
  type Event,
  event,
  isPlannable,
  Model,
  type Name,
  names,
  people,
  type Quorum,
  quorum,
  type Role,
  type Roles,
  requester,
  roles,
} from '../../../support/approval-model.ts';
import { environmentDocument, planningInput, policyDocument } from '../planning-input.ts';

/** Gantry's own rules, put together as the deployment's workflow does. */
class Gantry {
  private policy: Policy;
  private frozen: ReturnType<typeof freezePlan>;
  private journal: JournalEntry[] = [];
  private isOver = false;
  now = 0;
  private people: Roles;
  private readonly quorum: Quorum;
  constructor(people: Roles, quorum: Quorum) {
    this.people = people;
    this.quorum = quorum;
    this.policy = this.policyNow();
    this.frozen = this.freeze();
  }
  private policyNow(): Policy {
    const document = policyDocument();
    const people = names.flatMap((name) => {
      const held = this.people[name];
      return held ? [{ subject: `key:${name}`, name, roles: [...held, 'developer'], aliases: [`github:${name}`] }] : [];
    });
    // Somebody must hold every role for a policy to be one; these two never say a word.
    const silent = roles.map((role) => ({ subject: `key:silent-${role}`, name: role, roles: [role, 'support'] }));
    const approvals = { expireAfter: '1h', rules: roles.map((role) => ({ role, minimum: this.quorum[role] })) };
    const production = { ...environmentDocument(), approvals };
    return policySchema.parse({ ...document, people: [...people, ...silent], environments: { production } });
  }
  private freeze() {
    const input = planningInput();
    const { onBehalfOf: _, ...told } = input.request.change;
    const change = { ...told, authors: [`github:${author}`] };
    return freezePlan({
      ...input,
      // Another plan each time: whatever was approved before counts for nothing.
      request: { ...input.request, change: { ...change, summary: `At ${this.now}` } },
      requester: { subject: `key:${requester}`, name: requester },
      policy: this.policy,
    });
  }
  request(): void {
    this.policy = this.policyNow();
    this.frozen = this.freeze();
    this.journal = [];
    this.isOver = false;
    const { plan } = this.frozen;
    const { service, environment, release, artifact, change } = plan;
    const number = 1;
    this.append({
      type: 'requested',
      deployment: `${service}.${environment}.1`,
      workflowId: 'w',
      number,
      service,
      environment,
      release,
      artifactDigest: artifact.digest,
      requester: plan.requester,
      change,
    });
    this.append({ type: 'phase-entered', phase: 'awaiting-approval' });
  }
  private append(body: EntryBody): void {
    this.journal.push({ v: 1, seq: this.journal.length + 1, at: new Date(this.now).toISOString(), ...body });
  }
  private get state() {
    return stateOf(this.frozen.plan, this.journal);
  }
  setRoles(who: Name, held: readonly Role[] | null): void {
    this.people = { ...this.people, [who]: held };
    this.policy = this.policyNow();
  }
  send(event: Extract<Event, { readonly who: Name }>): void {
    if (this.isOver || this.journal.length === 0 || event.kind === 'roles') return;
    const { plan, planDigest } = this.frozen;
    const by = `key:${event.who}`;
    const isForThisPlan = event.kind !== 'approve' || event.isForThisPlan;
    const argument = {
      by,
      gate: 'start',
      planDigest: isForThisPlan ? planDigest : `sha256:${'0'.repeat(64)}`,
      ...(event.kind === 'approve' && event.role !== undefined ? { role: event.role } : {}),
    };
    const actor = { subject: by, name: event.who, via: 'api', identity: 'verified' } as const;
    const message = { name: event.kind, argument } as Message;
    // As the API says of whoever sends it.
    const heldNow = this.people[event.who] ?? [];
    const decision = decide({ plan, planDigest, state: this.state, actor, heldNow }, message);
    if (decision.kind !== 'accepted') return;
    for (const entry of decision.entries) this.append(entry);
    this.isOver = decision.entries.some(({ type }) => type === 'rejected');
  }
  /** As `awaitingApproval` and `awaitingTarget` do. */
  starts(): boolean {
    const { plan } = this.frozen;
    if (this.isOver || this.journal.length === 0 || !isApproved(plan, this.state.approvals, 'start')) return false;
    const lapsed = lapsedBy(this.state.approvals, removedSince(plan, this.policy));
    for (const { by, gate } of lapsed)
      this.append({ type: 'approval-lapsed', subject: by.subject, gate, why: 'removed' });
    const { to } = goingOn(plan, this.state, { hasLapsed: lapsed.length > 0, isOpen: true }, this.now);
    // Back to its approvers, of whom there may still be enough.
    return lapsed.length > 0 ? this.starts() : to === 'go-on';
  }
}

describe('in any order of requests, approvals, withdrawals, rejections, roles and time', () => {
  it('a deployment starts exactly where a plain restatement of the rules allows it', () => {
    let started = 0;
    let forbidden = 0;
    fc.assert(
      fc.property(
        people,
        quorum,
        fc.array(event, { minLength: 20, maxLength: 60, size: 'max' }),
        (given, wanted, events) => {
          const model = new Model(given, wanted);
          const gantry = new Gantry(given, wanted);
          model.apply({ kind: 'request' });
          gantry.request();
          // An approval that lapsed once is gone, and comes back only by being given again: the model does not know.
          let hasLapsed = false;
          for (const one of events) {
            if (one.kind === 'request' && !isPlannable(model)) continue;
            model.apply(one);
            if (one.kind === 'request') {
              gantry.request();
              hasLapsed = false;
            } else if (one.kind === 'wait') gantry.now += one.ms;
            else if (one.kind === 'roles') gantry.setRoles(one.who, one.roles);
            else if (one.kind !== 'start') gantry.send(one);
            const isAllowed = model.maySomethingStart;
            const has = gantry.starts();
            expect(has && !isAllowed, 'it started against the rules').toBe(false);
            expect(isAllowed && !hasLapsed && !has, 'it was held back for no reason').toBe(false);
            if (has) started += 1;
            else forbidden += 1;
            hasLapsed ||= one.kind === 'roles';
          }
        },
      ),
      { numRuns: 300 },
    );
    // Both happen often, or nothing was shown.
    expect(started).toBeGreaterThan(100);
    expect(forbidden).toBeGreaterThan(1_000);
  });
});
