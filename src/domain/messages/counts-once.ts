import type { Message } from './messages.ts';

/** The keys by which a message counts once: its sender's id, and the nonce of the API's proof, which any reader could send again. */
export function keysOf({ name, argument }: Message, { subject }: { readonly subject: string }): readonly string[] {
  return [
    ...(argument.id === undefined ? [] : [`${name}/${subject}/${argument.id}`]),
    ...(argument.proof ? [argument.proof.nonce] : []),
  ];
}
