import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import { addFault } from '../base/issues.ts';
import { means } from '../base/means.ts';
import { freeTextSchema } from '../base/text-schemas.ts';
import type { Freeze } from './freezes-by-people.ts';

// Shapes only: policies are read in workflows' company, and rules of days need a library that has no business there.
// `calendar/check-windows.ts` checks what only that library can find out.

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'write a time of day such as 09:00');
const endTime = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'write a time of day such as 16:00, at most 24:00');

/** The day from which a rule counts; a rule that names its days by itself needs none. */
const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'write a day such as 2026-03-02');
const localTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/, 'write a local time without an offset such as 2026-12-20T00:00');

const rule = z.string().min(1).max(300);

/** A freeze of the policy: once, from one time to another, or on the days of a rule. */
export type PlannedFreeze =
  | { readonly from: string; readonly until: string; readonly reason: string }
  | RecurringFreeze;

/** As a window is written; it begins and ends at these times of day, on the next one where `end` is not after `start`. */
export interface RecurringFreeze {
  readonly rrule: string;
  /** The day from which the rule counts. */
  readonly from?: string;
  readonly start: string;
  readonly end: string;
  readonly reason: string;
}

/** One shape for both, so that a fault is found at its own key. */
const freezeSchema = z
  .strictObject({
    rrule: rule
      .optional()
      .meta(
        means('The days on which it holds, by a rule of RFC 5545; absent: it holds once', 'FREQ=MONTHLY;BYDAY=-1MO'),
      ),
    from: z
      .string()
      .optional()
      .meta(
        means('When it begins, in local time; beside a rule the day from which the rule counts', '2026-12-20T00:00'),
      ),
    until: localTime.optional().meta(means('When it ends; not beside a rule', '2027-01-04T00:00')),
    start: time.optional().meta(means('When it begins on the days of a rule', '00:00')),
    end: endTime.optional().meta(means('When it ends; not after `start`: at that time of the next day', '24:00')),
    reason: freeTextSchema(300).meta(means('Why, for whoever waits', 'year end')),
  })
  .transform((freeze, context): PlannedFreeze => {
    const { rrule, from, until, start, end, reason } = freeze;
    const fault = (path: keyof typeof freeze, message: string) => addFault(context, message, [path]);
    const malformed = (schema: z.ZodType<string>) =>
      from === undefined ? undefined : schema.safeParse(from).error?.issues[0]?.message;
    if (rrule !== undefined) {
      const fromFault = malformed(day);
      if (until !== undefined) return fault('until', 'a freeze with a rule has start and end, not until');
      if (start === undefined) return fault('start', 'write when on its days the freeze begins, such as 00:00');
      if (end === undefined) return fault('end', 'write when the freeze ends, such as 24:00');
      if (fromFault !== undefined) return fault('from', fromFault);
      return { rrule, ...(from === undefined ? {} : { from }), start, end, reason };
    }
    const fromFault = malformed(localTime);
    if (start !== undefined) return fault('start', 'start stands beside a rule: write from and until, or an rrule');
    if (end !== undefined) return fault('end', 'end stands beside a rule: write from and until, or an rrule');
    if (from === undefined) return fault('from', 'write when the freeze begins, such as 2026-12-20T00:00, or an rrule');
    if (fromFault !== undefined) return fault('from', fromFault);
    if (until === undefined) return fault('until', 'write when the freeze ends, such as 2027-01-04T00:00');
    if (from.padEnd(19, ':00') >= until.padEnd(19, ':00')) return fault('until', 'a freeze ends after it begins');
    return { from, until, reason };
  });

/** `windows` of an environment: when a deployment may begin, and when not, in one time zone. */
export const windowsSchema = z.strictObject({
  timeZone: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, 'name an IANA time zone such as Europe/Berlin')
    .meta(means('The IANA name of the time zone in which all times below are meant', 'Europe/Berlin')),
  allow: z
    .array(
      z.strictObject({
        rrule: rule.meta(means('Its days, by a rule of RFC 5545', 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH')),
        from: day
          .optional()
          .meta(means('The day from which the rule counts; one that names its days needs none', '2026-03-02')),
        start: time.meta(means('When it opens', '09:00')),
        end: endTime.meta(means('When it closes; not after `start`: at that time of the next day', '16:00')),
      }),
    )
    .min(1, 'name a window; without one a deployment could never begin')
    .max(20)
    .meta(means('When a change may begin')),
  freezes: z.array(freezeSchema).max(50).default([]).meta(means('When it may not, though a window is open')),
  runway: z
    .union([z.enum(['plan', 'typical']), durationSchema], 'write a duration such as 30m, or plan, or typical')
    .optional()
    .meta(
      means(
        "What must be left before a window closes: a time, the plan's own time, or what earlier runs typically took; absent: nothing",
        '30m',
      ),
    ),
});

export type WindowRules = z.infer<typeof windowsSchema>;

/** The rules as a plan freezes them. */
export interface FrozenWindows {
  readonly timeZone: string;
  readonly allow: readonly Readonly<WindowRules['allow'][number]>[];
  readonly freezes: readonly PlannedFreeze[];
  readonly runwayMs: number;
  readonly runwayFrom: 'policy' | 'plan' | 'typical';
}

/** A freeze that people made and that holds at an instant, with all that is needed to create it again. */
export type HoldingFreeze = Pick<Freeze, 'id' | 'createdBy' | 'from' | 'until' | 'reason'>;

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
      /** Those of people that hold; absent: none. */
      readonly freezes?: readonly HoldingFreeze[];
    };

/** Whether a deployment may begin, with what its plan asks for in words. */
export type WindowFinding = WindowVerdict & { readonly required: string };
