import { z } from 'zod';
import { proofSchema } from '../messages.ts';
import { digestSchema } from '../names.ts';

/**
 * The API's word that this very run of a deployment's workflow is the one that it asked for, and with which plan. A seal
 * is of a plan and could be shown again; Temporal makes the id of a run, so that nobody can have a warrant's run again.
 */
export const warrantSchema = z.strictObject({
  runId: z.string().min(1).max(100),
  /** As the seals name it: a repair carries out the plan whose compensations it owes. */
  planDigest: digestSchema,
  proof: proofSchema,
});
export type Warrant = z.infer<typeof warrantSchema>;
