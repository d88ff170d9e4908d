import { object, type Reader, text } from '../base/readers.ts';
import type { Proof } from './messages.ts';
import { digestReader, proofReader } from './read.ts';

/**
 * The API's confirmation that this very run of a deployment's workflow is the one that it asked for, and with which plan. A seal
 * is of a plan and could be shown again; Temporal makes the id of a run, so that no other run can have that of a warrant.
 */
export interface Warrant {
  readonly runId: string;
  /** As the seals name it: a repair carries out the plan whose compensations it runs. */
  readonly planDigest: string;
  readonly proof: Proof;
}

const warrantReader: Reader<Warrant> = object({
  runId: text((id) => id.length >= 1 && id.length <= 100, 'write the id of a run'),
  planDigest: digestReader,
  proof: proofReader,
});

/** Throws `malformed`. */
export function readWarrant(raw: unknown): Warrant {
  return warrantReader(raw, []);
}

/** The same, null where it is none. */
export function warrantIn(raw: unknown): Warrant | null {
  try {
    return readWarrant(raw);
  } catch {
    return null;
  }
}
