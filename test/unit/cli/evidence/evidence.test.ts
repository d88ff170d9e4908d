import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { createColors } from 'picocolors';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { problemOf } from '../../../../src/api/http/problem.ts';
import { type SignOptions, signEvidence } from '../../../../src/cli/evidence/sign.ts';
import { registerEvidence } from '../../../../src/cli/verbs/evidence.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { readEnvelope } from '../../../../src/domain/evidence/read.ts';
import { sortSubmission } from '../../../../src/domain/evidence/submission.ts';
import { evidenceSubmissionSchema } from '../../../../src/domain/evidence/submission-schema.ts';
import { type Envelope, evidenceLimitBytes } from '../../../../src/domain/trust/envelope.ts';
import { publicKeyOf } from '../../../../src/domain/trust/public-key.ts';
import { signingKey } from '../../../support/signing.ts';

const artifact = `sha256:${'ab'.repeat(32)}`;
const junit = '<testsuite timestamp="2026-11-23T08:12:40Z" time="2"><testcase name="adds"/></testsuite>';
const failing = junit.replace('"adds"/>', '"adds"><failure/></testcase>');
const ci = signingKey();

/** Signs what one report says. */
function signed({ junit: xml, ...given }: Omit<SignOptions, 'reports'> & { readonly junit: string }): Envelope {
  const report = { name: 'report.xml', bytes: Buffer.from(xml), modifiedAt: Date.now() };
  return signEvidence({ ...given, reports: [[report]] }).envelope;
}

/** What somebody who knows the public key reads in an envelope. */
function readBy(pem: string, envelope: Envelope) {
  const key = publicKeyOf(pem);
  if (!key) throw new Error('no key');
  return readEnvelope(envelope, [{ name: 'ci', stages: ['integration'], ...key }]);
}

let folder: string;
const at = (name: string) => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-cli-'));
  await writeFile(at('report.xml'), junit);
  await writeFile(at('ci.key'), ci.privatePem);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let said: string[] = [];
let told: string[] = [];
/** Runs `gantry evidence …`. */
async function run(
  args: readonly string[],
  environment: { readonly GANTRY_API?: string; readonly GANTRY_TOKEN?: string } = {},
) {
  said = [];
  told = [];
  const program = new Command('gantry').exitOverride().configureOutput({ writeErr: () => {} });
  registerEvidence(program.command('evidence'), {
    input: process.stdin,
    confirm: null,
    screen: null,
    terminal: { say: (line) => void said.push(line), paint: createColors(false) },
    tell: (line) => void told.push(line),
    environment: { ...environment, GANTRY_CONFIG: at('no-login.json') },
  });
  program.commands.forEach((group) =>
    group.commands.forEach((command) => command.exitOverride().configureOutput({ writeErr: () => {} })),
  );
  await program.parseAsync(['evidence', ...args], { from: 'user' });
}

const sign = (...more: string[]) =>
  run([
    'sign',
    '--stage',
    'integration',
    '--junit',
    at('report.xml'),
    '--artifact',
    artifact,
    '--key',
    at('ci.key'),
    ...more,
  ]);

describe('gantry evidence statement', () => {
  it('makes of reports what counts where the policy names no signers, and needs no key', async () => {
    await run(['statement', '--stage', 'system', '--junit', at('report.xml'), '--artifact', artifact]);
    const statement = JSON.parse(said.join('\n')) as object;
    expect(told).toEqual([expect.stringMatching(/^PASSED: 1 reports, 1 tests/)]);
    const submission = evidenceSubmissionSchema.parse({ evidence: [{ statement }] });
    const { taken, issues } = sortSubmission(submission, {
      submittedBy: 'key:ci',
      now: Date.parse('2026-11-23T09:00:00Z'),
      signers: [],
    });
    expect(issues).toEqual([]);
    expect(taken).toMatchObject([
      { row: { stage: 'system', result: 'PASSED', artifactDigest: artifact, envelope: null } },
    ]);
  });
});

describe('gantry evidence sign', () => {
  it.each(['ed25519', 'ecdsa-p256'] as const)('makes of a report what a policy with that key (%s) takes', (kind) => {
    const { pem, privatePem } = signingKey(kind);
    const url = 'https://ci.example/1';
    const read = readBy(pem, signed({ stage: 'integration', junit, artifact, key: privatePem, url }));
    expect(read).toMatchObject({
      kind: 'read',
      statement: {
        subject: [{ digest: { sha256: 'ab'.repeat(32) } }],
        predicate: {
          result: 'PASSED',
          stage: 'integration',
          url,
          startedOn: '2026-11-23T08:12:40.000Z',
          finishedOn: '2026-11-23T08:12:42.000Z',
          passedTests: ['adds'],
          failedTests: [],
        },
      },
    });
  });

  it('has the result FAILED for a report with a failure', () => {
    const read = readBy(ci.pem, signed({ stage: 'integration', junit: failing, artifact, key: ci.privatePem }));
    expect(read).toMatchObject({
      statement: { predicate: { result: 'FAILED', failedTests: ['adds'], passedTests: [] } },
    });
  });

  it('counts every report that is named: files, folders and globs, each file once', async () => {
    await mkdir(at('all/deep'), { recursive: true });
    const one = (name: string, more = '') => junit.replace('"adds"/>', `"${name}">${more}</testcase>`);
    await writeFile(at('all/a.xml'), one('a'));
    await writeFile(at('all/deep/b.XML'), one('b', '<flakyFailure/>'));
    await writeFile(at('all/notes.txt'), 'no report');
    await writeFile(at('c*.xml'), one('c', '<failure/>'));
    await writeFile(at('cx.xml'), one('x', '<failure/>'));
    await writeFile(
      at('d.json'),
      '{"results":{"summary":{"tests":1,"passed":1,"failed":0,"start":1795421560000,"stop":1795421563000},"tests":[{"name":"d","status":"passed"}]}}',
    );
    const sums = async (...more: string[]) => {
      await sign(...more);
      const read = readBy(ci.pem, JSON.parse(said.join('\n')) as Envelope);
      return read.kind === 'read' ? read.statement.predicate : read;
    };
    expect(
      await sums('--junit', at('all'), '--junit', at('all/*.xml'), at('all/a.xml'), '--ctrf', at('d.json')),
    ).toEqual({
      result: 'PASSED',
      configuration: [],
      stage: 'integration',
      startedOn: '2026-11-23T08:12:40.000Z',
      finishedOn: '2026-11-23T08:12:43.000Z',
      counts: {
        reports: 4,
        tests: 4,
        passed: 3,
        flaky: 1,
        failed: 0,
        skipped: 0,
        todo: 0,
        attempts: 5,
        contradictions: 0,
      },
      failedTests: [],
      warnedTests: ['b'],
      passedTests: ['adds', 'a', 'd'],
    });
    expect(told).toEqual(['PASSED: 4 reports, 4 tests, 3 passed, 1 flaky, 5 attempts']);
    expect(await sums('--junit', at('all/**/*.xml'), '--junit', at('c*.xml'))).toMatchObject({
      result: 'FAILED',
      failedTests: ['c'],
    });
    await expect(sums('--junit', at('*.none'))).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(sums('--ctrf', at('all'))).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(
      run(['sign', '--stage', 'system', '--artifact', artifact, '--key', at('ci.key')]),
    ).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });

  it('asks of what each name leads to that a test ran, not of each file in a folder', async () => {
    await mkdir(at('some'));
    const none = junit.replace('"adds"/>', '"later"><skipped/></testcase>');
    await writeFile(at('some/none.xml'), none);
    await expect(sign('--junit', at('some'))).rejects.toMatchObject({
      code: 'invalid-evidence',
      message: `No test ran in ${at('some/none.xml')}.`,
    });
    await writeFile(at('some/one.xml'), junit);
    await sign('--junit', at('some'));
    expect(told).toEqual([expect.stringMatching(/^PASSED: 3 reports, 3 tests, 2 passed, 1 skipped/)]);
  });

  it('makes a FAILED statement of counts that contradict each other, never none', () => {
    const more = junit.replace('<testsuite ', '<testsuite tests="3" ');
    expect(readBy(ci.pem, signed({ stage: 'integration', junit: more, artifact, key: ci.privatePem }))).toMatchObject({
      statement: {
        predicate: { result: 'FAILED', failedTests: ['suite without a name counts 3 tests, and lists 1'] },
      },
    });
  });

  it('makes a statement of a failure without a name', () => {
    const nameless =
      '{"results":{"summary":{"tests":1,"passed":0,"failed":1},"tests":[{"name":"\\u0000","status":"failed"}]}}';
    const [started, finished] = ['2026-11-23T08:00:00Z', '2026-11-23T08:30:00Z'];
    const given = { stage: 'integration', artifact, key: ci.privatePem, started, finished };
    expect(readBy(ci.pem, signed({ ...given, junit: nameless }))).toMatchObject({
      statement: { predicate: { result: 'FAILED', failedTests: ['a test without a name'] } },
    });
  });

  it('refuses a report that is older than the stage, by its own time or that of its file', () => {
    const given = { stage: 'integration', artifact, key: ci.privatePem, finished: '2026-11-23T09:00:00Z' };
    const trial = (xml: string, started: string, written = '2026-11-23T08:30:00Z') => {
      const report = { name: 'report.xml', bytes: Buffer.from(xml), modifiedAt: Date.parse(written) };
      return () => signEvidence({ ...given, started, reports: [[report]] });
    };
    expect(trial(junit, '2026-11-23T08:12:40.900Z')).not.toThrow();
    expect(trial(junit, '2026-11-23T08:12:41Z')).toThrow(
      'older than this run of the stage, which began 2026-11-23T08:12:41Z',
    );
    const unzoned = junit.replace('40Z', '40');
    expect(trial(unzoned, '2026-11-23T08:12:41Z')).toThrow('UTC is assumed');
    expect(trial(unzoned, '2026-11-23T08:12:40Z')().withoutZone).toEqual(['report.xml']);
    const untimed = junit.replace(/ timestamp="[^"]*"/, '');
    expect(trial(untimed, '2026-11-23T08:30:00Z')).not.toThrow();
    expect(trial(untimed, '2026-11-23T08:30:01Z')).toThrow('was written 2026-11-23T08:30:00.000Z');
  });

  it('takes times that are given before those of the report, and needs one of them', () => {
    const untimed = junit.replace(/ timestamp="[^"]*"/, '');
    const given = { stage: 'integration', junit: untimed, artifact, key: ci.privatePem };
    expect(() => signed(given)).toThrow('give --started and --finished');
    const [started, finished] = ['2026-11-23T07:00:00Z', '2026-11-23T07:30:00Z'];
    expect(readBy(ci.pem, signed({ ...given, started, finished }))).toMatchObject({
      statement: { predicate: { startedOn: started, finishedOn: finished } },
    });
    expect(() => signed({ ...given, junit, finished })).toThrow(
      expect.objectContaining({ code: 'invalid-evidence' }) as Error,
    );
  });

  it('keeps a report of any size below the limit', () => {
    const cases = Array.from({ length: 5_000 }, (_, i) => `<testcase name="${'ü'.repeat(400)} ${i}"/>`).join('');
    const large = junit.replace('<testcase name="adds"/>', cases);
    const envelope = signed({ stage: 'integration', junit: large, artifact, key: ci.privatePem });
    expect(Buffer.from(envelope.payload, 'base64').length).toBeLessThan(evidenceLimitBytes);
    expect(readBy(ci.pem, envelope)).toMatchObject({ kind: 'read' });
  });

  it('signs one shard of a run that several jobs share, with the name that they give it', () => {
    const given = { stage: 'integration', junit, artifact, key: ci.privatePem };
    const shard = (run: string) => readBy(ci.pem, signed({ ...given, shard: '2/4', run }));
    for (const [run, uri] of [
      ['8841.1', 'run:8841.1'],
      ['https://ci.example/runs/8841', 'https://ci.example/runs/8841'],
    ] as const)
      expect(shard(run)).toMatchObject({
        statement: { predicate: { configuration: [{ name: 'shard', uri, annotations: { shard: 2, of: 4 } }] } },
      });
    for (const half of [{ shard: '2/4' }, { run: '8841' }, { shard: '2', run: '8841' }, { shard: '2/4', run: '' }])
      expect(() => signed({ ...given, ...half })).toThrow(expect.objectContaining({ code: 'invalid-config' }) as Error);
    for (const shard of ['0/4', '5/4', '1/101'])
      expect(() => signed({ ...given, shard, run: '8841' })).toThrow(
        expect.objectContaining({ code: 'invalid-evidence' }) as Error,
      );
  });

  it('refuses a stage, a digest or a key that is none', () => {
    const given = { stage: 'integration', junit, artifact, key: ci.privatePem };
    for (const change of [
      { stage: 'smoke' },
      { artifact: 'latest' },
      { url: 'javascript:alert(1)' },
      { started: 'today' },
    ])
      expect(() => signed({ ...given, ...change })).toThrow(
        expect.objectContaining({ code: 'invalid-evidence' }) as Error,
      );
    for (const key of [ci.pem, 'nonsense', ''])
      expect(() => signed({ ...given, key })).toThrow(expect.objectContaining({ code: 'invalid-config' }) as Error);
  });

  it('writes the envelope to a file, or prints it', async () => {
    await sign('--out', at('integration.json'));
    expect(said).toEqual([]);
    const written = JSON.parse(await readFile(at('integration.json'), 'utf8')) as Envelope;
    expect(readBy(ci.pem, written)).toMatchObject({ kind: 'read' });
    await sign();
    expect(readBy(ci.pem, JSON.parse(said.join('\n')) as Envelope)).toMatchObject({ kind: 'read' });
    await expect(sign('--junit', at('none.xml'))).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(run(['sign'])).rejects.toMatchObject({ exitCode: 1 });
  });
});

describe('gantry evidence keygen', () => {
  it('makes a pair that fits, readable for its owner only, and replaces none', async () => {
    await run(['keygen', '--out', at('new')]);
    expect((await stat(at('new.key'))).mode & 0o777).toBe(0o600);
    const [key, open] = await Promise.all([readFile(at('new.key'), 'utf8'), readFile(at('new.pub'), 'utf8')]);
    expect(readBy(open, signed({ stage: 'integration', junit, artifact, key }))).toMatchObject({ kind: 'read' });
    await expect(run(['keygen', '--out', at('new')])).rejects.toMatchObject({ code: 'invalid-config' });
    expect(await readFile(at('new.key'), 'utf8')).toBe(key);
  });
});

describe('gantry evidence submit', () => {
  const token = `gtk_0123456789abcdef_${'s'.repeat(43)}`;
  let server: Server | null = null;
  afterEach(() => server?.close());
  const heard: { path?: string | undefined; token?: string | undefined; body: unknown }[] = [];
  /** An API that answers so. */
  async function api(status: number, answer: unknown): Promise<string> {
    heard.length = 0;
    const listening = createServer((request, reply) => {
      void text(request).then((body) => {
        heard.push({ path: request.url, token: request.headers.authorization, body: JSON.parse(body) as unknown });
        reply
          .writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' })
          .end(JSON.stringify(answer));
      });
    });
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  }
  const taken = {
    stage: 'integration',
    result: 'PASSED',
    artifactDigest: artifact,
    digest: 'sha256:1',
    signers: ['ci'],
    startedOn: '2026-11-23T08:00:00Z',
    finishedOn: '2026-11-23T08:01:00Z',
    url: null,
    submittedBy: 'key:ci-shop',
    submittedAt: '2026-11-23T08:02:00.000Z',
    shard: null,
  };

  it('sends what the files hold, and prints what was taken', async () => {
    await sign('--out', at('one.json'));
    await writeFile(at('bare.json'), JSON.stringify({ _type: 'https://in-toto.io/Statement/v1' }));
    await writeFile(at('token'), `${token}\n`);
    const url = await api(201, { evidence: [taken] });
    await run([
      'submit',
      at('one.json'),
      at('bare.json'),
      '--api',
      url,
      '--token-file',
      at('token'),
      '--artifact',
      artifact,
    ]);
    const envelope = JSON.parse(await readFile(at('one.json'), 'utf8')) as unknown;
    const statement = { _type: 'https://in-toto.io/Statement/v1' };
    const bundle = { mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', dsseEnvelope: {} };
    await writeFile(at('bundle.json'), JSON.stringify(bundle));
    await run(['submit', at('bundle.json'), '--api', url, '--token-file', at('token')]);
    expect(heard.pop()).toMatchObject({ body: { evidence: [{ envelope: bundle }] } });
    expect(heard).toEqual([
      { path: '/v1/evidence', token: `Bearer ${token}`, body: { evidence: [{ envelope }, { statement }], artifact } },
    ]);
    expect(said).toEqual([`integration PASSED of ${artifact}: taken as sha256:1, signed by ci`]);
  });

  it('takes API and token from the environment without options', async () => {
    await run(['submit', at('one.json')], { GANTRY_API: await api(201, { evidence: [] }), GANTRY_TOKEN: token });
    expect(heard).toMatchObject([{ token: `Bearer ${token}` }]);
    await expect(run(['submit', at('one.json')])).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(run(['submit', at('one.json')], { GANTRY_API: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it.each([
    'http://gantry.example',
    'http://10.0.0.7:8080',
    'http://[fd00::7]',
    'http://127.0.0.1.example',
    'http://0.0.0.0',
  ])('sends no token in the clear to another machine: %s', async (url) => {
    await expect(run(['submit', at('one.json')], { GANTRY_API: url, GANTRY_TOKEN: token })).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('write https'),
    });
  });

  it('fails with the code and the place that the API answers', async () => {
    const issues = [0, 1].map(
      (i) => ({ pointer: `/evidence/${i}/envelope`, code: 'unknown-signer', detail: 'nobody' }) as const,
    );
    const url = await api(422, problemOf(new GantryError('unknown-signer', 'nobody', { issues })));
    const client = { GANTRY_API: url, GANTRY_TOKEN: token };
    await expect(run(['submit', at('one.json')], client)).rejects.toMatchObject({ code: 'unknown-signer', issues });
  });

  it('fails where no valid answer comes, and follows no redirect with the token', async () => {
    const submit = (url: string) => run(['submit', at('one.json')], { GANTRY_API: url, GANTRY_TOKEN: token });
    await expect(submit(await api(500, 'oops'))).rejects.toMatchObject({ code: 'not-ready' });
    await expect(submit(await api(307, {}))).rejects.toMatchObject({ code: 'not-ready' });
    expect(heard).toHaveLength(1);
    await expect(submit('http://127.0.0.1:1')).rejects.toMatchObject({ code: 'not-ready' });
    await writeFile(at('broken.json'), '{');
    await expect(
      run(['submit', at('broken.json')], { GANTRY_API: 'http://127.0.0.1:1', GANTRY_TOKEN: token }),
    ).rejects.toMatchObject({
      code: 'malformed-json',
    });
  });
});
