import { z } from 'zod';
import type { EntryType, JournalEntry } from '../domain/journal/entries.ts';
import type { GateProof } from '../domain/journal/gate-proof.ts';
import { timeSchema } from './common.ts';
import { answer, answerOf, partOf } from './describe.ts';

/** Every other type of entry: a missing or unknown one does not compile. */
const entryTypes = [
  'requested',
  'plan-frozen',
  'phase-entered',
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
type Listed = [EntryType] extends [(typeof entryTypes)[number] | 'gate-evaluated'] ? typeof entryTypes : never;

const place = {
  v: z.literal(1).describe('The version of this format'),
  seq: z.int().describe('Its number'),
  at: timeSchema.describe("When, by the workflow's clock"),
  leftOut: z
    .record(z.string(), z.int())
    .optional()
    .describe('Of a list that was too long: how many members were left out at its end, by JSON pointer'),
};

const gateProofSchema = answerOf<GateProof>()(
  'GateProof',
  'What a gate rests on, as data, where the rest of the journal does not tell it',
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('evidence').describe('What it is about'),
      agedFrom: timeSchema.describe('Age counts from here: of a run in shards the first of them'),
      vouched: z
        .discriminatedUnion('how', [
          z.object({
            how: z.literal('signed').describe('Whether it is signed'),
            by: z
              .array(
                z.array(
                  z.object({
                    name: z.string().describe('The name of the signer'),
                    keyId: z.string().describe('The id of the key'),
                  }),
                ),
              )
              .describe('A group for each statement that the proof takes: whoever stands in one has signed the same'),
          }),
          z.object({
            how: z.enum(['unsigned', 'signature-not-asked-for']).describe('Whether it is signed'),
            submittedBy: z.array(z.string()).describe('Each vouches for a part of it'),
          }),
        ])
        .describe('Who stands for it'),
      passedOver: z.int().describe('How many newer statements did not count'),
    }),
    z.object({
      kind: z.literal('rehearsal').describe('What it is about'),
      deployment: z.string().describe('The one that was rolled back'),
      environment: z.string().describe('Where'),
      verifiedAt: timeSchema.describe('When its rollback was verified'),
    }),
    z.object({
      kind: z.literal('window').describe('What it is about'),
      opensAt: timeSchema.nullable().describe('Of one that is closed; null: it is open, or never opens'),
      closesAt: timeSchema.nullable().describe('Null: not within sight'),
      freezes: z
        .array(
          z.object({
            id: z.string().describe('The freeze'),
            createdBy: z.string().describe('Who made it'),
            from: timeSchema.describe('From when'),
            until: timeSchema.nullable().describe('Null: until it is lifted'),
            reason: z.string().describe('Why'),
          }),
        )
        .describe('Made by people, and holding it closed'),
    }),
  ]),
);

/**
 * An entry by its place and its type. The fields of each type are defined once, in `src/domain/journal/entries.ts`, which
 * programs that read journals import.
 */
export const journalEntrySchema = partOf<JournalEntry>()(
  'JournalEntry',
  'What happened, numbered from 1 without gaps; what else it holds goes by its type',
  z.discriminatedUnion('type', [
    z.looseObject({
      ...place,
      type: z.literal('gate-evaluated').describe('What happened'),
      proof: gateProofSchema.optional().describe('What the gate rests on'),
    }),
    z.looseObject({ ...place, type: z.enum<Listed>(entryTypes).describe('What happened') }),
  ]),
);

export const journalPageSchema = answer(
  'JournalPage',
  'Entries of a journal, in order',
  z.object({
    items: z.array(journalEntrySchema).describe('Each of them'),
    next: z.int().describe('`after` of the next page'),
  }),
);
