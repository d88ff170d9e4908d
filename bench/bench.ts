import { entriesOf, type JournalEntry } from '../src/domain/journal/entries.ts';
import { steps } from '../test/support/change.ts';
import type { World } from '../test/support/world.ts';
import { type Measured, workflowIdOf } from './installation.ts';
import { line, type Series } from './spans.ts';

/** One thing that is measured; `npm run bench -- NAME` measures it alone. */
export interface Suite {
  readonly name: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** What goes on when it is ended: a hold, or a step in flight. */
const underways = {
  hold: () => steps.hold('5m'),
  request: steps.hangingRequest,
  command: steps.hangingCommand,
} as const;
export type Underway = keyof typeof underways;

/** A deployment that is to react, and how far it has come by then. */
interface Reacting {
  readonly world: World;
  readonly service: string;
  readonly release: string;
  readonly what: Underway;
  /** What is done right before; absent: nothing. */
  readonly before?: (id: string) => Promise<unknown>;
}

/** How soon the first compensation comes, in milliseconds. */
interface Reaction {
  /** Until a worker has entered it. */
  readonly starts: number;
  /** Until it is done: seal and fence evaluated, read back, undone. */
  readonly undone: number;
}

/** What every suite needs: an installation, how often to measure, where to print. */
export class Bench {
  readonly there: Measured;
  readonly runs: number;

  constructor(there: Measured, runs: number) {
    this.there = there;
    this.runs = runs;
  }

  say(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  show(series: Series): void {
    this.say(line(series));
  }

  /** Measures one after the other; `i` makes a release of its own. */
  async each<T>(times: number, measure: (i: number) => Promise<T>): Promise<readonly T[]> {
    const all: T[] = [];
    for (let i = 0; i < times; i += 1) all.push(await measure(i));
    return all;
  }

  /** A deployment that was requested and approved. */
  async approved(world: World, options: Parameters<Measured['request']>[1]): Promise<string> {
    const id = await this.there.request(world, options);
    await this.there.until(id, ({ phase }) => phase === 'awaiting-approval');
    await this.there.approve(id);
    return id;
  }

  /** A world that hangs where asked to, and lets go however its front door fares. */
  async hangingWorld(service: string): Promise<World> {
    const world = await this.there.world(service);
    world.bend('POST /hang', () => new Promise(() => {}));
    world.bend('POST /unhang', (answer) => {
      answer.status = 204;
    });
    return world;
  }

  /** A deployment that waits in a hold, or has a step in flight, with something live that may go wrong. */
  private async underway({ world, service, release, what, before }: Reacting): Promise<string> {
    const arrived = world.arrival('POST /hang');
    const id = await this.approved(world, {
      service,
      release,
      steps: [steps.startByHttp(world), steps.switch(world), underways[what](world)],
    });
    if (what !== 'hold') await arrived;
    else await this.there.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
    await before?.(id);
    return id;
  }

  /** From the bad measurement, by the worker's clock. */
  async breach(reacting: Reacting): Promise<Reaction> {
    const id = await this.underway(reacting);
    reacting.world.behave(reacting.release, { status: 500 });
    const journal = await this.rolledBack(id);
    return reactionIn(journal, Date.parse(entriesOf(journal, 'health-breached')[0]?.measuredAt ?? ''));
  }

  /** From Temporal's event of the signal, on one machine. */
  async abort(reacting: Reacting): Promise<Reaction> {
    const id = await this.underway(reacting);
    await this.there.signal(id, 'abort', { by: 'key:alice' });
    const journal = await this.rolledBack(id);
    return reactionIn(journal, await signalledAt(this.there, workflowIdOf(id), 'abort'));
  }

  private async rolledBack(id: string): Promise<readonly JournalEntry[]> {
    const { outcome } = await this.there.ended(id);
    if (outcome !== 'rolled-back') throw new Error(`${id} ended as ${outcome}`);
    return this.there.journal(id);
  }
}

function reactionIn(journal: readonly JournalEntry[], since: number): Reaction {
  const [first] = entriesOf(journal, 'compensation-completed');
  return { starts: Date.parse(first?.startedAt ?? '') - since, undone: Date.parse(first?.endedAt ?? '') - since };
}

/** When Temporal wrote a signal to a history, in milliseconds since the epoch. */
export async function signalledAt(
  { client }: Pick<Measured, 'client'>,
  workflowId: string,
  name: string,
): Promise<number> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const received = events?.find((event) => event.workflowExecutionSignaledEventAttributes?.signalName === name);
  const { seconds, nanos } = received?.eventTime ?? {};
  return Number(seconds) * 1_000 + Number(nanos) / 1e6;
}
