import type { Status } from '../../src/domain/deployment/status.ts';
import type { JournalEntry } from '../../src/domain/journal/entries.ts';
import type { People } from './people.ts';
import type { Moment } from './plan.ts';

/** Somebody who follows one deployment by the API, and tells of each entry of its journal once. */
export interface Observer {
  /** Every entry seen so far. */
  readonly journal: readonly JournalEntry[];
  /** Resolves with an entry that was seen, or comes to be; never where the deployment ends without. */
  entry(moment: Extract<Moment, { kind: 'entry' }>): Promise<JournalEntry>;
  onEntry(listener: (entry: JournalEntry) => void): void;
  /** The status once it has ended; null when it has not within the time. */
  readonly ended: Promise<Status | null>;
}

export function observe(people: People, deployment: string, withinMs: number): Observer {
  const journal: JournalEntry[] = [];
  const listeners: ((entry: JournalEntry) => void)[] = [];
  const until = Date.now() + withinMs;

  async function follow(): Promise<Status | null> {
    let seq = 0;
    while (Date.now() < until) {
      const path = `/v1/deployments/${deployment}`;
      const answer = await people.ask<Status>('key:carol', 'GET', `${path}?wait=5s&seq=${seq}`).catch(() => null);
      if (answer?.status !== 200) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        continue;
      }
      const { items } = await people.need<{ items: JournalEntry[] }>(
        'key:carol',
        'GET',
        `${path}/journal?after=${journal.length}&limit=500`,
      );
      for (const entry of items) {
        journal.push(entry);
        for (const listener of listeners) listener(entry);
      }
      seq = Math.max(seq, answer.body.seq);
      if (answer.body.outcome !== null) return answer.body;
    }
    return null;
  }

  return {
    journal,
    onEntry(listener) {
      for (const entry of journal) listener(entry);
      listeners.push(listener);
    },
    entry: (moment) =>
      new Promise((resolve) => {
        const look = (entry: JournalEntry) => {
          if (isOf(moment, entry)) resolve(entry);
        };
        for (const entry of journal) look(entry);
        listeners.push(look);
      }),
    ended: follow(),
  };
}

function isOf({ type, phase }: Extract<Moment, { kind: 'entry' }>, entry: JournalEntry): boolean {
  return entry.type === type && (phase === undefined || (entry.type === 'phase-entered' && entry.phase === phase));
}
