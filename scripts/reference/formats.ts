// What texts and numbers of the journal, of records and of answers look like: by the name that a member has wherever it stands.

const time = 'time';
const digest = 'digest';
const atLeastOne = 'whole number, at least 1';
const count = 'whole number, at least 0';
const duration = 'milliseconds, at least 0';

/** Of texts that have a form of their own. */
const textForms: Readonly<Record<string, string>> = {
  at: time,
  since: time,
  service: 'name',
  environment: 'name',
  deployment: 'id of a deployment',
  release: 'release',
  subject: 'subject',
  uri: 'URI',
  url: 'URL',
  step: 'id of a step',
  check: 'id of a check',
};

/** Of numbers that begin with one; the others begin with nought. */
const fromOne: ReadonlySet<string> = new Set([
  'seq',
  'number',
  'attempt',
  'fence',
  'round',
  'size',
  'minimum',
  'entries',
  'lastSeq',
  'attemptsAllowed',
  'shard',
  'of',
]);

/** The form of a text, by the name of its member; undefined: any text. */
export function textForm(name: string): string | undefined {
  if (/(?:^until|^from|^to|At|From)$/.test(name)) return time;
  if (/(?:^d|D)igest$/.test(name)) return digest;
  return Object.hasOwn(textForms, name) ? textForms[name] : undefined;
}

/** The bounds of a number, by the name of its member. */
export function numberForm(name: string): string {
  if (/(?:^ms|Ms)$/.test(name)) return duration;
  if (name === 'rate') return 'number above 0';
  return fromOne.has(name) ? atLeastOne : count;
}

/** A type in words with the form of its texts and the bounds of its numbers, where it says none of its own. */
export function inForm(takes: string, path: string): string {
  if (path.endsWith('standing.until')) return takes.replace(/^text\b/, 'day');
  const name = path.slice(path.lastIndexOf('.') + 1).replaceAll('[]', '');
  return takes
    .replace(/^text\b(?!,)/, (text) => textForm(name) ?? text)
    .replace(
      /^(list of )?(?:whole )?number\b(?!,)/,
      (_, list: string | undefined) => `${list ?? ''}${numberForm(name)}`,
    );
}

/** What each form is, so that a test can hold real values to it. */
export const forms: Readonly<Record<string, RegExp>> = {
  [time]: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/,
  [digest]: /^(?:hmac-)?sha256:[0-9a-f]{64}$/,
  name: /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  'id of a deployment': /^[a-z0-9-]+\.[a-z0-9-]+\.[1-9]\d*$/,
  release: /^[A-Za-z0-9][A-Za-z0-9._+~@-]{0,62}$/,
  subject: /^(?:key|oidc):[A-Za-z0-9._~:/@|+=,-]{1,250}$/,
  URI: /^[A-Za-z0-9._~:/@%+=,?#&-]{1,512}$/,
  URL: /^https?:\/\//,
  'id of a step': /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  'id of a check': /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
  [atLeastOne]: /^[1-9]\d*$/,
  [count]: /^\d+$/,
  [duration]: /^\d+$/,
  'number above 0': /^(?!0$)\d+(?:\.\d+)?$/,
};

/** What the forms are, for people. */
export const formLegend = [
  'A time is ISO 8601 in UTC with milliseconds (`2026-11-30T05:13:00.494Z`), a digest `sha256:` and 64 hexadecimal digits, a name 1 to 63 lower-case letters, digits and inner hyphens, as are ids of steps and checks;',
  'a release has at most 63 characters (letters, digits, `._+~@-`), a subject is `key:` or `oidc:` and at most 250 characters, a URI has at most 512, and the id of a deployment is `<service>.<environment>.<number>`.',
  'A text without a form may be any text, and a list without a bound has none.',
].join(' ');
