import { z } from 'zod';
import type { Api } from '../api-client.ts';

export interface Submission {
  /** Envelopes or bare statements, one to five, as their files hold them. */
  readonly documents: readonly unknown[];
  /** The digest that all of them are meant for. */
  readonly artifact?: string | undefined;
}

const takenSchema = z.looseObject({
  evidence: z.array(
    z.looseObject({
      stage: z.string(),
      result: z.string(),
      artifactDigest: z.string(),
      digest: z.string(),
      signers: z.array(z.string()),
    }),
  ),
});
export type Taken = z.infer<typeof takenSchema>['evidence'][number];

/** Sends evidence and answers what was taken. Throws what the API refuses it with, `not-ready` where none answers. */
export async function submitEvidence(api: Api, { documents, artifact }: Submission): Promise<readonly Taken[]> {
  const evidence = documents.map((document) =>
    document !== null && typeof document === 'object' && 'payload' in document
      ? { envelope: document }
      : { statement: document },
  );
  const body = { evidence, ...(artifact === undefined ? {} : { artifact }) };
  return (await api.post('/v1/evidence', body, takenSchema)).evidence;
}
