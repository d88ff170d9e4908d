import { takenSchema } from '../../contract/evidence.ts';
import type { components, paths } from '../../contract/paths.ts';
import { type Api, answered } from '../api-client.ts';

export interface Submission {
  /** Envelopes or bare statements, one to five, as their files hold them. */
  readonly documents: readonly unknown[];
  /** The digest that all of them are meant for. */
  readonly artifact?: string | undefined;
}

export type Taken = components['schemas']['TakenEvidence'];
type Sent = paths['/v1/evidence']['post']['requestBody']['content']['application/json'];

/** Sends evidence and answers what was taken. Throws what the API refuses it with, `not-ready` where none answers. */
export async function submitEvidence(api: Api, { documents, artifact }: Submission): Promise<readonly Taken[]> {
  const evidence = documents.map((document) =>
    document !== null && typeof document === 'object' && 'payload' in document
      ? { envelope: document }
      : { statement: document },
  );
  // What is wrong with a document, the API says.
  const body = { evidence, ...(artifact === undefined ? {} : { artifact }) } as Sent;
  return (await answered(api.POST('/v1/evidence', { body }), takenSchema)).evidence;
}
