import { z } from 'zod';
import { durationSchema } from '../duration-schema.ts';
import { freeTextSchema } from '../names.ts';

// Shapes only: policies are read in workflows' company, and rules of days need a library that has no business there.
// `check-windows.ts` looks at what only that library can tell.

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time of day such as 09:00');
const endTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'write a time of day such as 16:00, at most 24:00');
/** From which day on a rule counts; what it says by itself, it says from any day on. */
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'write a day such as 2026-03-02');
const localTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/, 'write a local time without an offset such as 2026-12-20T00:00');

/** `windows` of an environment: when a deployment may begin, and when not, in one time zone. */
export const windowsSchema = z.strictObject({
  /** IANA name of a time zone, in which all times of day below are meant. */
  timeZone: z.string().regex(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, 'name an IANA time zone such as Europe/Berlin'),
  allow: z
    .array(z.strictObject({ rrule: z.string().min(1).max(300), from: day.optional(), start: time, end: endTime }))
    .min(1, 'name a window; without one a deployment could never begin')
    .max(20),
  freezes: z
    .array(
      z
        .strictObject({ from: localTime, until: localTime, reason: freeTextSchema(300) })
        .refine(({ from, until }) => from.padEnd(19, ':00') < until.padEnd(19, ':00'), {
          path: ['until'],
          message: 'a freeze ends after it begins',
        }),
    )
    .max(50)
    .default([]),
  /** What must be left before a window closes: milliseconds, the plan's own time, or what earlier runs typically took. */
  runway: z
    .union([z.enum(['plan', 'typical']), durationSchema], 'write a duration such as 30m, or plan, or typical')
    .optional(),
});
export type WindowRules = z.infer<typeof windowsSchema>;

/** The rules as a plan freezes them. */
export interface FrozenWindows {
  readonly timeZone: string;
  readonly allow: readonly Readonly<WindowRules['allow'][number]>[];
  readonly freezes: readonly Readonly<WindowRules['freezes'][number]>[];
  readonly runwayMs: number;
  readonly runwayFrom: 'policy' | 'plan' | 'typical';
}

/** Whether a deployment may begin at an instant, why, and when that changes. All times ISO 8601 UTC. */
export type WindowVerdict =
  | {
      readonly open: true;
      readonly why: string /** Null: not within sight (32 days). */;
      readonly closesAt: string | null;
    }
  | {
      readonly open: false;
      readonly fault: 'frozen' | 'outside' | 'no-runway';
      readonly why: string;
      /** When a deployment may begin as things stand; null: not within sight (400 days). */
      readonly opensAt: string | null;
      /** When a window closes that is too short to begin in; else null. */
      readonly closesAt: string | null;
    };
