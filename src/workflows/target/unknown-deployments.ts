import { withUnknownDeployments } from '../../domain/target/open-deployments.ts';
import { activities } from '../engine/activities.ts';
import type { Children } from './children.ts';
import type { Shared } from './shared.ts';

/** Anybody who reaches Temporal can ask in the name of any number: a run of the target examines at most these. */
const maxAsked = 200;

/**
 * Deployments that a target does not know, since it was started anew: found once, and again when they ask for the
 * lock by themselves. An activity decides which of them belong to the target.
 */
export class UnknownDeployments {
  private readonly target: Shared;
  private readonly children: Children;
  private readonly seen = new Set<number>();
  private readonly asking = new Set<number>();
  private underway = 0;

  constructor(target: Shared, children: Children) {
    this.target = target;
    this.children = children;
  }

  /** Whether a deployment waits to be examined. */
  get areAsking(): boolean {
    return this.underway === 0 && this.asking.size > 0;
  }

  /** Whether one is being examined now. */
  get areAsked(): boolean {
    return this.underway > 0;
  }

  ask(number: number): void {
    if (this.seen.has(number) || this.seen.size >= maxAsked) return;
    this.seen.add(number);
    this.asking.add(number);
  }

  findAll(): void {
    void this.findUnknownDeployments(null);
  }

  findAsking(): void {
    if (this.areAsking) void this.findUnknownDeployments([...this.asking]);
  }

  private async findUnknownDeployments(numbers: readonly number[] | null): Promise<void> {
    const { service, environment } = this.target.get();
    const asking = new Set(numbers);
    for (const number of asking) this.asking.delete(number);
    this.underway += 1;
    try {
      const taken = await activities.findUnknownDeployments({ service, environment, numbers });
      const known = new Set(this.target.get().open.map(({ number }) => number));
      this.target.set(withUnknownDeployments(this.target.get(), taken, asking));
      this.children.follow(this.target.get().open.filter(({ number }) => !known.has(number)));
      this.children.supersede();
    } catch {
      // Neither the store nor Temporal answered. A deployment that asks again is examined again.
      for (const number of asking) this.seen.delete(number);
    }
    this.underway -= 1;
  }
}
