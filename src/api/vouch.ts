import { randomBytes } from 'node:crypto';
import type { Proof } from '../domain/messages.ts';
import { proofText, proofValidMs, type Vouched } from '../domain/trust/proof.ts';
import type { ApiDeps } from './deps.ts';

/** The same argument with the API's proof of who it is from; without keys nothing is vouched for. */
export function vouched<T extends { readonly proof?: Proof | undefined }>(
  { signingKeys, now }: Pick<ApiDeps, 'signingKeys' | 'now'>,
  deployment: string,
  name: Vouched,
  argument: T,
  { sentBy = 'api', roles = [], ...more }: Partial<Pick<Proof, 'sentBy' | 'roles' | 'verifiedAt'>> = {},
): T {
  if (!signingKeys) return argument;
  const told = {
    ...more,
    sentBy,
    roles,
    nonce: randomBytes(16).toString('hex'),
    issuedAt: new Date(now()).toISOString(),
    expiresAt: new Date(now() + proofValidMs).toISOString(),
  };
  return {
    ...argument,
    proof: { ...told, signatures: [...signingKeys.vouch(proofText(deployment, name, argument, told))] },
  };
}
