import { describe, expect, it } from 'vitest';
import { faultOfKey, idOfKey, isKeyId, type StoredKey } from '../../../../src/domain/trust/api-keys.ts';
import { fromBase64, toBase64 } from '../../../../src/domain/trust/base64.ts';
import { pageLinkOf, pageToken } from '../../../../src/domain/trust/page-link.ts';
import { retirementFault } from '../../../../src/domain/trust/retirement.ts';
import { partSealOf } from '../../../../src/domain/trust/seal.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');

describe('an API key', () => {
  const secret = `${'aB3-_'.repeat(8)}xyz`;

  it('is known by its id', () => {
    expect(idOfKey(`gtk_0123456789abcdef_${secret}`)).toBe('0123456789abcdef');
  });

  it.each([
    ['a word before it', `xgtk_0123456789abcdef_${secret}`],
    ['a character more', `gtk_0123456789abcdef_${secret}x`],
    ['a character less', `gtk_0123456789abcdef_${secret.slice(1)}`],
    ['a character of another alphabet', `gtk_0123456789abcdef_${secret.slice(1)}=`],
    ['a shorter id', `gtk_0123456789abcde_${secret}`],
    ['an id that is no hex', `gtk_0123456789abcdeg_${secret}`],
    ['nothing', ''],
  ])('is none with %s', (_, text) => {
    expect(idOfKey(text)).toBeUndefined();
  });

  it('has an id of 16 digits', () => {
    expect(isKeyId('0123456789abcdef')).toBe(true);
    for (const text of ['0123456789abcde', '0123456789abcdef0', 'x0123456789abcdef', '0123456789abcdeg'])
      expect(isKeyId(text)).toBe(false);
  });

  const key: StoredKey = {
    id: '0123456789abcdef',
    hash: 'h',
    subject: 'key:alice',
    kind: 'key',
    scopes: null,
    createdAt: '2026-11-01T00:00:00.000Z',
    expiresAt: null,
    revokedAt: null,
    unconfirmedSince: null,
  };
  const until = (ms: number) => ({ ...key, expiresAt: new Date(now + ms).toISOString() });

  it('counts until it expires', () => {
    expect(faultOfKey(key, now)).toBeNull();
    expect(faultOfKey(until(1), now)).toBeNull();
    expect(faultOfKey(until(0), now)).toBe('has expired');
    expect(faultOfKey({ ...key, expiresAt: 'soon' }, now)).toBe('has expired');
  });

  it('counts no more once it is revoked, or while nobody has confirmed it after a restore', () => {
    expect(faultOfKey({ ...until(1), revokedAt: '2026-11-22T00:00:00.000Z' }, now)).toBe('was revoked');
    expect(faultOfKey({ ...key, unconfirmedSince: '2026-11-22T00:00:00.000Z' }, now)).toContain(
      'since the store was restored (2026-11-22T00:00:00.000Z)',
    );
  });
});

describe('base64', () => {
  it.each([
    ['AP_-', [0, 255, 254]],
    ['AP/+', [0, 255, 254]],
    ['AP8=', [0, 255]],
    ['AP8', [0, 255]],
    ['', []],
  ])('%j is read in either alphabet, with or without padding', (text, bytes) => {
    expect([...(fromBase64(text) ?? [])]).toEqual(bytes);
    expect(fromBase64(toBase64(Uint8Array.from(bytes)))).toEqual(Uint8Array.from(bytes));
  });

  it.each(['AP 8', 'AP8\n', '%', 'A'])('%j is none', (text) => {
    expect(fromBase64(text)).toBeNull();
  });
});

describe('a link to a page', () => {
  const key = new Uint8Array(32).fill(7);
  const link = { deployment: 'shop.production.7', page: 'health-breach-1', delivery: '0123456789abcdef'.repeat(2) };
  const token = pageToken(key, link);

  it('stands for the page that it was made for', () => {
    expect(pageLinkOf(key, token)).toEqual(link);
  });

  it('stands for nothing under another key', () => {
    expect(pageLinkOf(new Uint8Array(32).fill(8), token)).toBeNull();
  });

  it.each<readonly [string, string]>([
    ['of another deployment', token.replace('production.7', 'production.8')],
    ['of another page', token.replace('breach-1', 'breach-2')],
    ['of another delivery', token.replace('~0123', '~1123')],
    ['with another last digit', `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`],
    [
      'with another first digit of the signature',
      token.replace(/~(.)(.{63})$/, (_, a, rest) => `~${a === '0' ? '1' : '0'}${rest}`),
    ],
    ['with a word before it', ` ${token}`],
    ['with a digit more', `${token}0`],
    ['without a signature', token.slice(0, token.lastIndexOf('~'))],
    ['that is empty', ''],
  ])('stands for nothing in a word %s', (_, word) => {
    expect(pageLinkOf(key, word)).toBeNull();
  });
});

describe('a signing key', () => {
  const retire = (key: string, bearers: number) =>
    retirementFault(key, { newest: 'new', bearers: Array.from({ length: bearers }, (_, i) => `d${i + 1}`) });

  it('is retired where nothing bears its seals and another one is newer', () => {
    expect(retire('old', 0)).toBeNull();
  });

  it('is kept while the API seals with it, and while deployments bear its seals', () => {
    expect(retire('new', 0)).toBe('the API seals with it, as the newest one, and all of that is refused then');
    expect(retire('new', 1)).toMatch(/^the API seals with it.*; 1 deployment \(d1\) bears its seals/);
    expect(retire('old', 2)).toMatch(/^2 deployments \(d1, d2\) bear its seals/);
    expect(retire('old', 5)).toMatch(/^5 deployments \(d1, d2, d3, d4, d5\) bear/);
    expect(retire('old', 7)).toMatch(/^7 deployments \(d1, d2, d3, d4, d5 and 2 more\) bear/);
  });
});

it('a part has the seal that was made of it, and none by chance', () => {
  const seals = { planDigest: 'sha256:x', key: 'k', plan: 'p', parts: { 'step/go': 's' } };
  expect(partSealOf(seals, 'step/go')).toEqual({ planDigest: 'sha256:x', key: 'k', part: 'step/go', signature: 's' });
  expect(partSealOf(seals, 'step/other')).toBeNull();
  expect(partSealOf(seals, 'constructor')).toBeNull();
  expect(partSealOf(null, 'step/go')).toBeNull();
});
