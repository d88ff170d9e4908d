import { createHash, createHmac } from 'node:crypto';
import { canonicalJson } from '../../domain/base/canonical-json.ts';
import { parseDeploymentId } from '../../domain/base/ids.ts';
import { plainText } from '../../domain/base/markdown.ts';
import { type Exact, ExactNumber, exactText, isList } from '../../domain/configuration/exact-json.ts';
import { type Members, membersOf, valueAt } from '../../domain/configuration/read-text.ts';
import type { AdapterContext } from '../../domain/kinds/adapter.ts';
import type { KeyReading, PlannedSource } from '../../domain/plan/configuration.ts';
import { masker } from '../masking/masker.ts';
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

/**
 * Digests values of one source so that values cannot be tried against a digest, and equal values of two
 * targets, sources or keys do not show as equal. Without a key only what is shown whole has a digest, which hides nothing.
 */
function digester(
  digestKey: Uint8Array | null,
  deployment: string,
  source: string,
): (key: string, value: string, isShownWhole: boolean) => Pick<KeyReading, 'digest' | 'keyId'> | null {
  const { service = '', environment = '' } = parseDeploymentId(deployment) ?? {};
  const keyId = digestKey && createHmac('sha256', digestKey).update('the id of this key').digest('hex').slice(0, 8);
  return (key, value, isShownWhole) => {
    if (!digestKey && !isShownWhole) return null;
    const hash = digestKey ? createHmac('sha256', digestKey) : createHash('sha256');
    hash.update(canonicalJson([service, environment, source, key, value]));
    return { digest: hash.digest('hex').slice(0, 32), keyId };
  };
}
