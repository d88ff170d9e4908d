import { byteLength } from '../base/canonical-json.ts';
import { GantryError } from '../base/errors.ts';

/** A plan has at most so many steps. */
export const maxSteps = 100;

/** A plan's canonical JSON is at most this many bytes. */
export const planLimitBytes = 96 * 1024;

/**
 * All but parameters and environments stands in the plan, with values in the place of references, which may be shorter:
 * what is twice as long is refused before it is read. Throws `plan-too-large`.
 */
export function checkSize(procedure: object): void {
  const bytes = byteLength(JSON.stringify({ ...procedure, parameters: undefined, environments: undefined }));
  if (bytes <= 2 * planLimitBytes) return;
  throw new GantryError(
    'plan-too-large',
    `The procedure has ${bytes} bytes beside parameters and environments; a plan has at most ${planLimitBytes}.`,
    { pointer: '/procedure' },
  );
}
