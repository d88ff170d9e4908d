import { byteLength } from './canonical-json.ts';
import { GantryError } from './errors.ts';

/** Anything that passes through Temporal is at most this many bytes; a larger one would end the workflow without a rollback. */
export const payloadLimitBytes = 128 * 1024;

/** Throws `too-large` before Temporal sees a value that does not fit. */
export function checkPayload(value: unknown, what: string): void {
  const bytes = byteLength(JSON.stringify(value) ?? '');
  if (bytes > payloadLimitBytes)
    throw new GantryError('too-large', `${what} has ${bytes} bytes; at most ${payloadLimitBytes} fit.`);
}
