import { plainText } from '../../domain/base/markdown.ts';
import type { Attempt, NotifierContext } from '../../domain/kinds/notifier.ts';
import { type Answer, exchange, type NoAnswer } from '../http/exchange.ts';
import { readAddress } from './addresses.ts';

/** An answer is read up to this many bytes: 64 KiB. */
const limitBytes = 64 * 1024;
/** How long another attempt waits at most, in milliseconds. */
const maxRetryAfterMs = 86_400_000;
const shownCharacters = 100;
/** More than is shown, so that what is masked is there whole. */
const readCharacters = 8 * 1024;
const minPartLength = 4;

interface Post {
  /** As the policy has it. */
  readonly address: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** The status that the text of a 200 names; null: it names none. */
  readonly statusIn?: (answer: string) => number | null;
}

/** Posts JSON, or what the headers say, and answers what the status means. Throws `secret-missing`. */
export async function post(
  { address, headers = {}, body, statusIn }: Post,
  context: NotifierContext<unknown>,
): Promise<Attempt> {
  const url = await readAddress(address, context.secrets);
  if (url === null) return { result: 'refused', summary: 'the secret holds no https URL' };
  const { signal, timeoutMs, now } = context;
  const all = { 'user-agent': 'gantry', 'content-type': 'application/json', ...headers };
  const hide = (text: string) => withoutPartsOf(url, context.secrets.mask(text));
  const answer = await exchange({ url, method: 'POST', headers: all, body }, { signal, timeoutMs, limitBytes });
  const named = answer.kind === 'answer' && answer.status === 200 ? statusIn?.(answer.body.toString('utf8')) : null;
  return evaluate(answer.kind === 'answer' && named ? { ...answer, status: named } : answer, now, hide);
}

/** What an answer, or none, means for another attempt; `now` in milliseconds since the epoch. `hide` masks its text. */
function evaluate(answer: Answer | NoAnswer, now: number, hide: (text: string) => string): Attempt {
  const { status, headers } = answer;
  if (status === undefined) return classifySilence(answer as NoAnswer);
  const summary = `${status}${answer.kind === 'answer' && status >= 400 ? shown(answer.body, hide) : ''}`;
  if (status >= 200 && status < 300) return { result: 'delivered', summary };
  if (status >= 300 && status < 400) {
    // Another address for now may be gone by the next attempt; one for good is for the policy to name.
    const isForNow = [302, 303, 307].includes(status);
    return { result: isForNow ? 'again' : 'refused', summary: `${status}: redirects are not followed` };
  }
  const mayPass = status >= 500 || [408, 425, 429].includes(status);
  if (!mayPass) return { result: 'refused', summary };
  const retryAfterMs = retryAfter(headers?.['retry-after'], now);
  return { result: 'again', summary, ...(retryAfterMs === null ? {} : { retryAfterMs }) };
}

/** Nothing came: only what no other attempt could mend ends it. */
function classifySilence({ why, summary }: NoAnswer): Attempt {
  return { result: why === 'address-refused' ? 'refused' : 'again', summary };
}

/** `Retry-After` in milliseconds from now, at most a day: seconds or a date (RFC 9110); null: it is neither. */
export function retryAfter(written: string | readonly string[] | undefined, now: number): number | null {
  const text = (typeof written === 'string' ? written : written?.[0])?.trim() ?? '';
  const ms = /^\d{1,10}$/.test(text) ? Number(text) * 1_000 : /[a-z]/i.test(text) ? Date.parse(text) - now : Number.NaN;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), maxRetryAfterMs);
}

function shown(body: Buffer, hide: (text: string) => string): string {
  // Masked before it is cut: half a secret would not be recognized.
  const text = hide(plainText(body.subarray(0, readCharacters).toString('utf8'))).slice(0, shownCharacters);
  return text === '' ? '' : ` ${text.toWellFormed()}`;
}

/** Receivers repeat the path that was asked for, and the path of a chat's address is the key to it. */
function withoutPartsOf(url: string, text: string): string {
  const { pathname, search } = new URL(url);
  const parts = `${pathname}${search}`.split(/[/?&=]/).filter((part) => part.length >= minPartLength);
  return parts.reduce((left, part) => left.replaceAll(part, '[…]'), text);
}
