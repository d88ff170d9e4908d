import type { DeploymentRow, JournalBatch } from '../../domain/journal/batch.ts';
import type { JournalEntry } from '../../domain/journal/entries.ts';

/** One activity carries at most this many bytes of entries, so that its input stays far below the payload limit. */
const batchLimitBytes = 20 * 1024;

/** The entries of one deployment that are not known to be in the store. */
export class JournalOutbox {
  private readonly waiting: { readonly entry: JournalEntry; readonly bytes: number }[] = [];
  private readonly row: () => DeploymentRow;
  /** Entries that came since ride on nothing yet. */
  private held: number | null = null;

  constructor(row: () => DeploymentRow) {
    this.row = row;
  }

  add(entry: JournalEntry): void {
    this.waiting.push({ entry, bytes: JSON.stringify(entry).length });
  }

  /** Keeps what is added from now on, until it is let go. */
  hold(): void {
    this.held = this.waiting.length;
  }

  letGo(): void {
    this.held = null;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  /** Whether one activity can carry all that is left. */
  get fitsOnOne(): boolean {
    return this.fitting().length === this.waiting.length;
  }

  /** The oldest entries that fit on one activity; null when all are stored. */
  load(): JournalBatch | null {
    const entries = this.fitting();
    if (entries.length === 0) return null;
    const row = this.row();
    return { deployment: row.id, entries, row };
  }

  /** The activity that carried them has ended well, so they are stored. */
  delivered({ entries }: JournalBatch): void {
    this.stored(entries.at(-1)?.seq ?? 0);
  }

  /** Everything up to this entry is in the store. */
  stored(last: number): void {
    while ((this.waiting[0]?.entry.seq ?? Number.POSITIVE_INFINITY) <= last) {
      this.waiting.shift();
      if (this.held !== null) this.held -= 1;
    }
  }

  private fitting(): readonly JournalEntry[] {
    let sum = 0;
    const waiting = this.waiting.slice(0, this.held ?? this.waiting.length);
    const tooMany = waiting.findIndex(({ bytes }, i) => {
      sum += bytes;
      return i > 0 && sum > batchLimitBytes;
    });
    const some = tooMany === -1 ? waiting : waiting.slice(0, tooMany);
    return some.map(({ entry }) => entry);
  }
}
