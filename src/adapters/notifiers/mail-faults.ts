import { formatDuration } from '../../domain/base/duration.ts';
import { GantryError, messageOf } from '../../domain/base/errors.ts';
import { plainText } from '../../domain/base/markdown.ts';
import type { Attempt } from '../../domain/kinds/notifier.ts';

/** Answers to these commands are about this mail; all others are about the server or the sender. */
const aboutTheMail = /^(MAIL FROM|RCPT TO|DATA)$/;
/** It wants a login or TLS first (RFC 4954, RFC 3207), whatever it was asked. */
const wantsLogin = 530;

interface MailFault {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/**
 * What trouble with a mail server means for another attempt: only a 5xx about the mail itself ends it. A server that
 * refuses a login, a certificate or a connection may be mended within the day.
 */
export function classifyMailFault(error: unknown, timeoutMs: number, mask: (text: string) => string): Attempt {
  if (error instanceof GantryError) return { result: 'refused', summary: error.message };
  const { code, responseCode, response, command } = error as MailFault;
  if (error instanceof DOMException)
    return { result: 'again', summary: `not taken within ${formatDuration(timeoutMs)}` };
  const text = typeof response === 'string' ? response : messageOf(error);
  const kind = typeof code === 'string' && typeof response !== 'string' ? `${code}: ` : '';
  // Masked before it is cut: half a secret would not be recognized.
  const summary = mask(plainText(`${kind}${text}`)).slice(0, 200);
  const isFinal =
    typeof responseCode === 'number' &&
    responseCode >= 500 &&
    responseCode !== wantsLogin &&
    aboutTheMail.test(String(command));
  return { result: isFinal ? 'refused' : 'again', summary };
}
