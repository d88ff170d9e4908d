import * as fc from 'fast-check';

export const names = ['alice', 'bob', 'carol', 'dan', 'olga'] as const;
export type Name = (typeof names)[number];
export const roles = ['service-owner', 'change-manager'] as const;
export type Role = (typeof roles)[number];
export const requester: Name = 'alice';
export const author: Name = 'olga';
export const expireAfterMs = 3_600_000;

export type Roles = Readonly<Record<Name, readonly Role[] | null>>;
export type Quorum = Readonly<Record<Role, number>>;
export type Event =
  | { readonly kind: 'request' }
  | { readonly kind: 'start' }
  | { readonly kind: 'approve'; readonly who: Name; readonly role: Role | undefined; readonly isForThisPlan: boolean }
  | { readonly kind: 'withdraw'; readonly who: Name }
  | { readonly kind: 'reject'; readonly who: Name }
  | { readonly kind: 'roles'; readonly who: Name; readonly roles: readonly Role[] | null }
  | { readonly kind: 'wait'; readonly ms: number };

/** What may start, said as plainly as it can be: it knows nothing of journals, plans or phases. */
export class Model {
  people: Record<Name, readonly Role[] | null>;
  frozen: Roles;
  requestedAt = 0;
  now = 0;
  isOver = false;
  approvals: { readonly who: Name; readonly role: Role }[] = [];
  readonly quorum: Quorum;
  constructor(people: Roles, quorum: Quorum) {
    this.people = { ...people };
    this.frozen = { ...people };
    this.quorum = quorum;
  }
  apply(event: Event): void {
    if (event.kind === 'request') {
      Object.assign(this, { frozen: { ...this.people }, requestedAt: this.now, isOver: false, approvals: [] });
    } else if (event.kind === 'roles') this.people[event.who] = event.roles;
    else if (event.kind === 'wait') this.now += event.ms;
    else if (this.isOver) return;
    else if (event.kind === 'withdraw') this.approvals = this.approvals.filter(({ who }) => who !== event.who);
    else if (event.kind === 'reject') this.isOver = this.mayDecide(event.who) && this.heldBy(event.who).length === 1;
    else if (event.kind === 'approve' && this.mayDecide(event.who)) this.approve(event);
  }
  approve({ who, role, isForThisPlan }: Extract<Event, { readonly kind: 'approve' }>): void {
    const fitting = this.heldBy(who).filter((one) => role === undefined || one === role);
    const [only] = fitting;
    // What somebody gave in a role that they have lost since is gone, and stands in the way of nothing.
    const standing = this.approvals.filter((one) => one.who !== who || this.people[who]?.includes(one.role));
    if (!isForThisPlan || only === undefined || fitting.length > 1 || standing.some((one) => one.who === who)) return;
    this.approvals = [...standing, { who, role: only }];
  }
  heldBy = (who: Name) => (this.frozen[who] ?? []).filter((role) => this.people[who]?.includes(role));
  mayDecide = (who: Name) => who !== requester && who !== author && this.heldBy(who).length > 0;
  get maySomethingStart(): boolean {
    const counts = (role: Role) =>
      this.approvals.filter((given) => given.role === role && this.people[given.who]?.includes(role)).length;
    const isFilled = roles.every((role) => counts(role) >= this.quorum[role]);
    return !this.isOver && this.now < this.requestedAt + expireAfterMs && isFilled;
  }
}

const who = fc.constantFrom(...names);
const held = fc.option(fc.subarray([...roles]), { freq: 6 });
export const changeOfRoles = fc.record({ kind: fc.constant('roles' as const), who, roles: held });
export const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: 'request' } as const) },
  { weight: 4, arbitrary: fc.constant({ kind: 'start' } as const) },
  {
    weight: 25,
    arbitrary: fc.record({
      kind: fc.constant('approve' as const),
      who,
      role: fc.option(fc.constantFrom(...roles), { nil: undefined }),
      isForThisPlan: fc.constant(true),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('approve' as const),
      who,
      role: fc.constantFrom(...roles),
      isForThisPlan: fc.constant(false),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), who }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reject' as const), who: fc.constantFrom('dan' as const) }) },
  { weight: 1, arbitrary: changeOfRoles },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 1_500_000 }) }),
  },
);
const able = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<readonly Role[]>(['service-owner'], ['change-manager']) },
  { weight: 1, arbitrary: held },
);
export const people = fc.record({
  // Requester and author are there when the plan is frozen, or it is refused.
  alice: fc.subarray([...roles]),
  bob: able,
  carol: able,
  dan: able,
  olga: fc.subarray([...roles]),
}) as fc.Arbitrary<Roles>;
export const quorum = fc.record({ 'service-owner': fc.integer({ min: 1, max: 2 }), 'change-manager': fc.constant(1) });

export function isPlannable(model: Model): boolean {
  return model.people[requester] !== null && model.people[author] !== null;
}
