import { verify } from 'node:crypto';
import type { Verify } from '../../domain/messages/proof.ts';
import { spkiOf } from '../../domain/trust/public-key.ts';
import { keyObjectOf } from '../../system/native-signatures.ts';

/** Node's own: a hundred times quicker than what workflows have. */
export const verifyQuickly: Verify = (publicKey, text, signature) =>
  verify(
    null,
    Buffer.from(text),
    keyObjectOf(spkiOf({ algorithm: 'ed25519', key: publicKey })),
    Buffer.from(signature, 'hex'),
  );
