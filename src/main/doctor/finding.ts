import { z } from 'zod';
import { messageOf } from '../../domain/base/errors.ts';

export const findingSchema = z.strictObject({
  /** What was looked at. */
  check: z.string(),
  state: z.enum(['ok', 'warning', 'fault']),
  /** What was found, in a sentence. */
  found: z.string(),
  /** What to do about it; null: nothing. */
  advice: z.string().nullable(),
});

/** What an examination has found: well, something that people should know, or something that would hurt. */
export type Finding = Readonly<z.infer<typeof findingSchema>>;
export type Findings = readonly Finding[];

export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found, advice: null });
export const warning = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'warning',
  found,
  advice,
});
export const fault = (check: string, found: string, advice: string): Finding => ({
  check,
  state: 'fault',
  found,
  advice,
});

/** What a check finds; that it could not be made is a fault of its own. */
export async function found(check: string, look: () => Promise<Findings> | Findings): Promise<Findings> {
  try {
    return await look();
  } catch (error) {
    return [fault(check, messageOf(error), 'docs/errors.md has every code; mend what it names and ask again')];
  }
}
