import { plainText } from '../../domain/base/markdown.ts';
import { type Exact, ExactNumber, exactText, isList } from '../../domain/configuration/exact-json.ts';
import { type Members, membersOf, valueAt } from '../../domain/configuration/read-text.ts';
import type { AdapterContext } from '../../domain/kinds/adapter.ts';
import type { KeyReading, PlannedSource } from '../../domain/plan/configuration.ts';
import { masker } from '../masking/masker.ts';
import { digester } from './digests.ts';
import { type Fetching, fetchText } from './fetch-text.ts';

const shownCharacters = 80;

export interface ReadingSettings extends Fetching {
  /** With it values are digested; null: only such are compared as are shown whole. */
  readonly digestKey: Uint8Array | null;
}

/** Reads all keys of one source. Where the source cannot be read, each key has the reason. */
export async function readSource(
  source: PlannedSource,
  context: AdapterContext,
  settings: ReadingSettings,
): Promise<readonly KeyReading[]> {
  const text = await fetchText(source, context, settings);
  const members = typeof text === 'string' ? membersOf(text) : text;
  if ('why' in members) return source.keys.map(({ key }) => unreadable(key, context.secrets.mask(members.why)));
  const hidden = masker(secretsIn(source, members));
  const mask = (shown: string) => hidden(context.secrets.mask(shown));
  const digest = digester(settings.digestKey, context.identity.deployment, source.id);
  return source.keys.map(({ key, secret }): KeyReading => {
    const value = valueAt(members, key);
    if (value === undefined) return { key, state: 'absent', shown: '', digest: null, keyId: null };
    const whole = typeof value === 'string' ? value : exactText(value);
    const isShownWhole = !secret && whole.length <= shownCharacters && mask(whole) === whole;
    const digested = digest(key, exactText(value), isShownWhole);
    if (!digested) return unreadable(key, `${secret ? 'a secret' : 'not shown whole'}, and there is no ${byWhat}`);
    return { key, state: secret ? 'secret' : 'value', shown: secret ? '' : shownText(mask(whole)), ...digested };
  });
}

const byWhat = 'configuration-key to compare it by';

/** Every text and number within the secret values, by the name that stands for it where another value repeats it. */
function secretsIn({ keys }: PlannedSource, members: Members): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (value: Exact | undefined, name: string): void => {
    if (typeof value === 'string') found.set(name, value);
    else if (value instanceof ExactNumber) found.set(name, value.text);
    else if (value instanceof Map)
      for (const [part, member] of value as ReadonlyMap<string, Exact>) add(member, `${name}/${part}`);
    else if (value !== undefined && isList(value)) value.forEach((item, i) => add(item, `${name}/${i}`));
  };
  for (const { key, secret } of keys) if (secret) add(valueAt(members, key), key);
  return found;
}

function unreadable(key: string, why: string): KeyReading {
  return { key, state: 'unreadable', shown: shownText(why), digest: null, keyId: null };
}

function shownText(text: string): string {
  return plainText(text).slice(0, shownCharacters).toWellFormed();
}
