import { describe, expect, it } from 'vitest';
import { artifactSchema, releaseSchema } from '../../../../src/domain/base/text-schemas.ts';
import { fillAll, fillSome, lookupIn } from '../../../../src/domain/plan/references.ts';
import { grantIn } from '../../../../src/domain/ports/received.ts';

const hex = 'ab'.repeat(32);
const digest = `sha256:${hex}`;
const other = `sha256:${'cd'.repeat(32)}`;

describe('an artifact', () => {
  it.each([
    'shop:1.4.2',
    `registry.example/shop@${digest}`,
    'app@1.2.3',
    'https://files.example/shop_2.30.2~rc1_amd64.deb?sig=a%2Bb&v=2#deb',
    's3://bucket/a..b/...c',
    'https://files.example/@scope/app-1.2.3.tgz',
  ])('is taken by %s', (uri) => {
    expect(artifactSchema.safeParse({ uri, digest }).error?.issues ?? []).toEqual([]);
  });

  it.each([
    ['an option', '-rf', 'hyphen'],
    ['a way up', '../admin/reset', 'between slashes'],
    ['a way up inside', 'https://files.example/a/../b', 'between slashes'],
    ['a way up that is written in code', 'files/%2e%2E/b', 'between slashes'],
    ['a way up behind a slash in code', 'files/a%2f..%2Fb', 'between slashes'],
    ['a way to nowhere', 'files/./b', 'between slashes'],
    ['credentials', 'https://bea:secret@files.example/a', 'credentials'],
    ['a user', 'ssh://git@files.example/a', 'credentials'],
    ['the digest of another one', `registry.example/shop@${other}`, 'another digest'],
    ['two digests, one of another', `shop@${digest}?was=${other}`, 'another digest'],
    ['the digest of another one in its file name', `files/shop-sha256-${'CD'.repeat(32)}.tgz`, 'another digest'],
    ['white space', 'shop 1', 'letters'],
  ])('is not taken by a uri with %s: %s', (_, uri, why) => {
    expect(artifactSchema.safeParse({ uri, digest }).error?.issues).toMatchObject([
      { path: ['uri'], message: expect.stringContaining(why) },
    ]);
  });

  it('in a message is read by the same rules', () => {
    const said = (uri: string) => ({
      fence: 1,
      live: { release: '1.4.2', artifact: { uri, digest }, since: '2026-03-02T10:00:00.000Z', deployment: null },
      slot: null,
    });
    expect(grantIn(said('shop:1.4.2'))).not.toBeNull();
    expect(grantIn(said('../admin/reset'))).toBeNull();
  });
});

describe('a release', () => {
  it.each(['1.4.2', '2.30.2~rc1', 'app@1.2.3', '1.4.2+build.7'])('may be called %s', (release) => {
    expect(releaseSchema.safeParse(release).success).toBe(true);
  });
  it.each(['~1', '@scope', '1..2', '1/2', '1?', 'x'.repeat(64)])('may not be called %s', (release) => {
    expect(releaseSchema.safeParse(release).success).toBe(false);
  });
});

describe('a value in an address', () => {
  const lookup = lookupIn({
    release: '1.4.2+build 7',
    uri: 'files/shop?a=1&b=#x',
    base: 'http://shop.example:8080/api',
    host: 'shop.example',
    port: 8080,
    way: 'a/../b',
  });
  it.each([
    ['in a path', 'http://x/r/${release}/y', 'http://x/r/1.4.2+build%207/y'],
    ['in a query', 'http://x/r?release=${release}&y', 'http://x/r?release=1.4.2%2Bbuild%207&y'],
    ['with meaning in a path', 'http://x/${uri}/y', 'http://x/files/shop%3Fa=1&b=%23x/y'],
    ['with meaning in a query', 'http://x/?u=${uri}&y', 'http://x/?u=files/shop%3Fa%3D1%26b%3D%23x&y'],
    ['as host and port', 'http://${host}:${port}/y', 'http://shop.example:8080/y'],
    ['as its beginning', '${base}/r/${release}', 'http://shop.example:8080/api/r/1.4.2+build%207'],
    ['as all of it', '${base}', 'http://shop.example:8080/api'],
    ['that leads elsewhere stays to be refused', 'http://x/${way}', 'http://x/a/../b'],
  ])('is written as its place wants it: %s', (_, http, filled) => {
    expect(fillAll({ http }, lookup)).toEqual({ http: filled });
    expect(fillAll(fillSome({ http }, lookup), lookup)).toEqual({ http: filled });
  });

  it('that is known later is escaped once', () => {
    const first = fillSome({ http: 'http://x/?a=${release}&b=${late}' }, lookup);
    expect(fillAll(first, lookupIn({ late: '1+1' }))).toEqual({ http: 'http://x/?a=1.4.2%2Bbuild%207&b=1%2B1' });
  });

  it('is left as it is everywhere else', () => {
    const spec = { http: 'http://x/', body: { release: '${release}' }, command: ['${uri}'] };
    expect(fillAll(spec, lookup)).toEqual({
      http: 'http://x/',
      body: { release: '1.4.2+build 7' },
      command: ['files/shop?a=1&b=#x'],
    });
  });
});
