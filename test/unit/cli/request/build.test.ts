import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildRequest, idempotencyKeysOf } from '../../../../src/cli/request/build.ts';
import { deploymentRequestSchema } from '../../../../src/domain/planning/request.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-request-'));
  await writeFile(join(folder, 'shop.tgz'), 'bytes');
});
afterAll(() => rm(folder, { recursive: true }));

const digest = `sha256:${'ab'.repeat(32)}`;
const project = { service: 'shop', environment: 'production', procedure: 'blue-green', parameters: { hold: '10s' } };
const github = {
  GITHUB_ACTIONS: 'true',
  GITHUB_REPOSITORY: 'acme/shop',
  GITHUB_RUN_ID: '77',
  GITHUB_RUN_ATTEMPT: '1',
  GITHUB_SHA: '0123456789abcdef0123456789abcdef01234567',
  GITHUB_REF_TYPE: 'branch',
  GITHUB_REF_NAME: 'main',
};
const asked = { image: `registry.example/shop:1.4.2@${digest}`, reason: 'a fix' };

describe('a request', () => {
  it('is made of gantry.yaml and the options, and is what the API takes', async () => {
    const request = await buildRequest(
      { ...asked, param: ['hold=20s', 'workers=3'], author: ['github:alice'], risk: 'low', initial: true },
      { ...project, change: { type: 'standard', risk: 'high' } },
      {},
    );
    expect(deploymentRequestSchema.parse(request)).toEqual(request);
    expect(request).toEqual({
      service: 'shop',
      environment: 'production',
      release: '1.4.2',
      artifact: { uri: asked.image, digest },
      procedure: 'blue-green',
      parameters: { hold: '20s', workers: 3 },
      change: {
        summary: 'shop 1.4.2',
        reason: 'a fix',
        type: 'standard',
        risk: 'low',
        authors: ['github:alice'],
        initial: true,
      },
    });
  });

  it('takes its release from the tag of the pipeline before that of the image, and the commit at last', async () => {
    const releaseIn = async (environment: Record<string, string>, options = {}) =>
      (await buildRequest({ ...asked, ...options }, project, environment)).release;
    const gitlab = { GITLAB_CI: 'true', CI_COMMIT_SHA: github.GITHUB_SHA, CI_COMMIT_TAG: 'v2' };
    expect(await releaseIn({ ...github, GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1.4.2' })).toBe('v1.4.2');
    expect(await releaseIn(gitlab)).toBe('v2');
    expect(await releaseIn(github)).toBe('1.4.2');
    expect(await releaseIn(github, { image: `shop@${digest}` })).toBe('0123456789ab');
    expect(await releaseIn(github, { release: '9' })).toBe('9');
    await expect(releaseIn({}, { image: `shop@${digest}` })).rejects.toThrow('Nothing says the release: --release.');
  });

  it('names its artifact by an image with a digest, a file, or a digest and where it is', async () => {
    const artifactOf = async (options: object) =>
      (await buildRequest({ release: '1', reason: 'x', ...options }, project, {})).artifact;
    const sum = createHash('sha256').update('bytes').digest('hex');
    expect(await artifactOf({ file: join(folder, 'shop.tgz') })).toEqual({
      uri: 'file:shop.tgz',
      digest: `sha256:${sum}`,
    });
    expect(await artifactOf({ digest, uri: 's3://x' })).toEqual({ uri: 's3://x', digest });
    for (const options of [{}, { digest }, { image: 'shop:1.4.2' }, { ...asked, digest }, { file: '/nowhere' }])
      await expect(artifactOf(options)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('says which option gives what is absent', async () => {
    await expect(buildRequest({ ...asked, release: '1' }, null, {})).rejects.toThrow('--service');
    const { procedure: _, ...rest } = project;
    await expect(buildRequest({ ...asked, release: '1' }, rest, {})).rejects.toThrow('--procedure');
    await expect(buildRequest({ image: asked.image }, project, {})).rejects.toThrow('--reason');
    await expect(buildRequest({ ...asked, param: ['hold'] }, project, {})).rejects.toThrow('NAME=VALUE');
  });
});

describe('the keys of a request', () => {
  const keysIn = async (environment: Record<string, string>, options = {}) =>
    idempotencyKeysOf(await buildRequest({ ...asked, ...options }, project, environment), environment);

  it('are the same for one run, and others for each other one and for whatever else is asked for', async () => {
    const [key] = await keysIn(github);
    expect(key).toMatch(/^gantry-[0-9a-f]{40}$/);
    expect(await keysIn({ ...github, PATH: '/bin' })).toEqual([key]);
    const others = await Promise.all([
      keysIn({ ...github, GITHUB_RUN_ID: '78' }),
      keysIn({ ...github, GITHUB_REPOSITORY: 'acme/other' }),
      keysIn(github, { environment: 'staging' }),
      keysIn({ GITLAB_CI: 'true', CI_PIPELINE_ID: '77' }),
    ]);
    expect(new Set([key, ...others.flat()]).size).toBe(5);
  });

  it('are those of all attempts so far, the first one first', async () => {
    const twice = await keysIn({ ...github, GITHUB_RUN_ATTEMPT: '2' });
    expect(twice.slice(0, 1)).toEqual(await keysIn(github));
    expect(new Set(twice).size).toBe(2);
  });

  it('are none outside a pipeline, where each call is meant', async () => {
    expect(await keysIn({})).toEqual([]);
  });
});
