import type { MessageName } from './messages.ts';

/** Where policy refuses messages for which the API does not vouch by its proof, only an abort is taken without one. */
export function isProvenEnough(
  message: MessageName,
  identity: 'verified' | 'asserted',
  unsigned: 'refuse' | 'accept',
): boolean {
  return identity === 'verified' || message === 'abort' || unsigned === 'accept';
}
