import { GantryError } from '../../../domain/base/errors.ts';
import type { TestedCase } from '../../../domain/evidence/outcome-in-report.ts';
import type { Span } from './times.ts';

/** The results of a report, checked against its own counts. */
export interface TestReport extends Span {
  readonly cases: readonly TestedCase[];
  /** What contradicts itself, in words: each of them makes the run fail. */
  readonly contradictions: readonly string[];
  /** A time in it names no zone, and was taken for UTC. */
  readonly withoutZone: boolean;
}

/** A report that proves nothing either way. */
export function unreadable(why: string, cause?: unknown): GantryError {
  return new GantryError('invalid-evidence', `This test report proves nothing: ${why}.`, { cause });
}
