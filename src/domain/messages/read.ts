import { digestPattern, digestWords } from '../base/artifact.ts';
import {
  hexPattern,
  hexWords,
  messageIdPattern,
  messageIdWords,
  momentPattern,
  momentWords,
} from '../base/message-patterns.ts';
import { namePattern, nameWords } from '../base/names.ts';
import { isPlainText, plainTextWords } from '../base/plain-text.ts';
import { list, matching, object, oneOf, optional, type Reader, text, withDefault } from '../base/readers.ts';
import { subjectPattern, subjectWords } from '../base/subject.ts';
import { maxSignatures } from '../trust/seal.ts';
import { type MessageArgument, type MessageName, type Proof } from './messages.ts';

// The same rules as in `schemas.ts`, for workflows: a test compares both.

const name = matching(namePattern, nameWords);
const hex = (digits: number) => matching(hexPattern(digits), hexWords(digits));
const moment = matching(momentPattern, momentWords);
const freeText = (maxLength: number) =>
  text(
    (value) => value.length >= 1 && value.length <= maxLength && isPlainText(value),
    `write 1 to ${maxLength} characters; ${plainTextWords}`,
  );

export const digestReader = matching(digestPattern, digestWords);

export const proofReader: Reader<Proof> = object({
  nonce: hex(32),
  sentBy: oneOf(['api', 'bearer']),
  roles: list(name, 0, 20),
  verifiedAt: optional(moment),
  issuedAt: moment,
  expiresAt: moment,
  signatures: list(object({ key: hex(16), signature: hex(128) }), 1, maxSignatures),
});

const envelope = {
  by: matching(subjectPattern, subjectWords),
  reason: optional(freeText(500)),
  statement: optional(freeText(500)),
  id: optional(matching(messageIdPattern, messageIdWords)),
  proof: optional(proofReader),
};

const decision = object({
  ...envelope,
  planDigest: digestReader,
  gate: withDefault(name, 'start'),
  role: optional(name),
});

const plain = object(envelope);

const readers: { readonly [Name in MessageName]: Reader<MessageArgument<Name>> } = {
  approve: decision,
  reject: decision,
  withdraw: decision,
  abort: plain,
  pause: plain,
  resume: plain,
  acknowledge: object({ ...envelope, for: oneOf(['readiness', 'handoff', 'page']), role: optional(name) }),
  'complete-step': object({ ...envelope, step: name, result: oneOf(['done', 'failed']) }),
  note: object({ ...envelope, severity: oneOf(['minor', 'major']), statement: freeText(500) }),
};

/** Reads the argument of a message. Throws `malformed` with a pointer to what is wrong. */
export function readMessage<Name extends MessageName>(message: Name, raw: unknown): MessageArgument<Name> {
  return readers[message](raw, []);
}
