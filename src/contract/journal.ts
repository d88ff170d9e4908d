import { z } from 'zod';
import type { EntryType, JournalEntry } from '../domain/journal/entries.ts';
import { timeSchema } from './common.ts';
import { answer, partOf } from './describe.ts';

/** Every type of entry: one that is missing here, or is none, does not compile. */
const entryTypes = [
  'requested',
  'plan-frozen',
  'phase-entered',
  'gate-evaluated',
  'policy-changed',
  'waiting-started',
  'waiting-ended',
  'message-refused',
  'security-alert',
  'approval-granted',
  'approval-withdrawn',
  'approval-lapsed',
  'rejected',
  'acknowledged',
  'abort-requested',
  'paused',
  'resumed',
  'note-added',
  'lock-requested',
  'lock-granted',
  'lock-released',
  'step-started',
  'action-completed',
  'attempt-lost',
  'attempt-not-begun',
  'read-back',
  'check-completed',
  'step-completed',
  'health-started',
  'health-breached',
  'health-observed',
  'rollback-started',
  'compensation-started',
  'compensation-completed',
  'rollback-completed',
  'deviation',
  'notified',
  'page-opened',
  'page-ended',
  'configuration-read',
  'document-written',
  'document-failed',
  'document-pending',
  'delivery-ended',
  'review-opened',
  'review-closed',
  'confirmed',
  'record-published',
  'ended',
] as const satisfies readonly EntryType[];
type Listed = [EntryType] extends [(typeof entryTypes)[number]] ? typeof entryTypes : never;

/**
 * An entry by its place and its type. What each type says stands once, in `src/domain/journal.ts`, which also programs
 * that read journals import; a second definition of fifty of them would only be there to drift.
 */
export const journalEntrySchema = partOf<JournalEntry>()(
  'JournalEntry',
  'What happened, numbered from 1 without gaps; what else it holds goes by its type',
  z.looseObject({
    v: z.literal(1),
    seq: z.int(),
    at: timeSchema,
    type: z.enum<Listed>(entryTypes),
    leftOut: z
      .record(z.string(), z.int())
      .optional()
      .describe('Of a list that was too long: how many members were left out at its end, by JSON pointer'),
  }),
);

export const journalPageSchema = answer(
  'JournalPage',
  'Entries of a journal, in order',
  z.object({ items: z.array(journalEntrySchema), next: z.int().describe('`after` of the next page') }),
);
