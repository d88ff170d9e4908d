import type { TestedCase } from '../../../domain/evidence/tested.ts';
import type { Span } from './times.ts';

/** What a report says, held to its own counts. */
export interface TestReport extends Span {
  readonly cases: readonly TestedCase[];
  /** Why it is not believed, in words: each of them makes the run fail. */
  readonly contradictions: readonly string[];
  /** A time in it names no zone, and was taken for UTC. */
  readonly withoutZone: boolean;
}
