import { takenSchema } from '../../contract/evidence.ts';
import type { paths } from '../../contract/paths.ts';
import { isBundle } from '../../domain/evidence/bundle.ts';
import { type Api, answered } from '../api-client.ts';

type Sent = paths['/v1/evidence']['post']['requestBody']['content']['application/json'];

/**
 * Sends evidence, one to five envelopes, Sigstore bundles or bare statements as their files hold them, and returns what was taken. `artifact`:
 * the digest that all of them are meant for. Throws what the API refuses it with, `not-ready` where no API answers.
 */
export async function submitEvidence(api: Api, documents: readonly unknown[], artifact: string | undefined) {
  const evidence = documents.map((document) =>
    isBundle(document) || (document !== null && typeof document === 'object' && 'payload' in document)
      ? { envelope: document }
      : { statement: document },
  );
  // The API checks each document.
  const body = { evidence, ...(artifact === undefined ? {} : { artifact }) } as Sent;
  return (await answered(api.POST('/v1/evidence', { body }), takenSchema)).evidence;
}
