import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FileJob } from '../../../src/adapters/git/job.ts';
import { writeRepository } from '../../../src/adapters/git/write-repository.ts';
import { openSecrets } from '../../../src/adapters/secrets.ts';
import type { PlannedRepository } from '../../../src/domain/plan/documents.ts';
import { type GitRemote, serveGit, startGitRemote } from '../../support/git-remote.ts';

const password = 'git-password-of-shop';
let secretsFolder: string;
const remotes: GitRemote[] = [];
beforeAll(async () => {
  secretsFolder = await mkdtemp(join(tmpdir(), 'gantry-git-secrets-'));
  await writeFile(join(secretsFolder, 'git'), password);
});
afterEach(() => Promise.all(remotes.splice(0).map((remote) => remote.remove())));
afterAll(() => rm(secretsFolder, { recursive: true, force: true }));

const page = (name = 'release') => `# Shop\n\n<!-- gantry:${name} -->\n<!-- /gantry:${name} -->\n\nThe end.\n`;
async function remoteWith(files: Readonly<Record<string, string>>): Promise<GitRemote> {
  const remote = await startGitRemote(files);
  remotes.push(remote);
  return remote;
}
const block = (
  path = 'shop.md',
  words = 'serves 1.4.2',
  more: { fence?: number; block?: string; target?: string } = {},
): FileJob => ({
  kind: 'block',
  path,
  block: more.block ?? 'release',
  stamp: { target: more.target ?? 'shop/production', fence: more.fence ?? 7, writing: 1 },
  words,
});
const write = (
  url: string,
  files: readonly FileJob[],
  more: {
    credentials?: PlannedRepository['credentials'];
    limitMs?: number;
    branch?: string;
    signal?: AbortSignal;
  } = {},
) =>
  writeRepository(
    {
      repository: {
        url,
        branch: more.branch ?? 'main',
        author: { name: 'Gantry', email: 'gantry@shop.example' },
        credentials: more.credentials ?? null,
      },
      files,
      message: 'docs: shop in production serves 1.4.2\n\nGantry-Deployment: shop.production.7\n',
    },
    {
      secrets: openSecrets(secretsFolder)(),
      signal: more.signal ?? new AbortController().signal,
      limitMs: more.limitMs ?? 20_000,
      path: process.env['PATH'] ?? '',
    },
  );

describe('a repository on disk', () => {
  it('gets one commit with all files, by the author of the policy, and a repeat makes none', async () => {
    const remote = await remoteWith({ 'shop.md': page(), 'docs/runbook.md': page('live') });
    const files = [
      block(),
      block('docs/runbook.md', 'serves 1.4.2', { block: 'live' }),
      {
        kind: 'record',
        path: 'records/deployment-1.4.2.md',
        content: '# Record\n',
        owner: ['shop.production.7'],
      } as const,
    ];
    const before = (await remote.git('rev-parse', 'main')).trim();
    const answer = await write(remote.url, files);
    const after = (await remote.git('rev-parse', 'main')).trim();
    expect(answer).toMatchObject({
      kind: 'done',
      before,
      after,
      files: [{ kind: 'written', difference: '+ serves 1.4.2' }, { kind: 'written' }, { kind: 'written' }],
    });
    expect(await remote.file('shop.md')).toMatch(
      /^# Shop\n\n<!-- gantry:release -->\n[\s\S]*serves 1\.4\.2[\s\S]*The end\.\n$/,
    );
    expect(await remote.file('records/deployment-1.4.2.md')).toBe('# Record\n');
    expect(await remote.git('log', '-1', '--format=%an <%ae> %cn %P', 'main')).toBe(
      `Gantry <gantry@shop.example> Gantry ${before}\n`,
    );
    expect(await write(remote.url, files)).toMatchObject({
      kind: 'done',
      before: after,
      after,
      files: [{ kind: 'same' }, { kind: 'same' }, { kind: 'same' }],
    });
    expect(await remote.messages()).toHaveLength(3);
  });

  it('has all blocks of one file in one commit, though another one of it cannot be written', async () => {
    const remote = await remoteWith({ 'shop.md': `${page('left')}${page('right')}` });
    const answer = await write(remote.url, [
      block('shop.md', 'left serves', { block: 'left' }),
      block('shop.md', 'none serves', { block: 'none' }),
      block('shop.md', 'right serves', { block: 'right' }),
    ]);
    expect(answer).toMatchObject({ files: [{ kind: 'written' }, { kind: 'unusable' }, { kind: 'written' }] });
    expect(await remote.file('shop.md')).toMatch(/left serves[\s\S]*right serves/);
    expect(await remote.git('rev-list', '--count', 'main')).toBe('2\n');
  });

  it('with the same text already gets the newest stamp, by which a late writer finds that it is late', async () => {
    const remote = await remoteWith({ 'shop.md': page() });
    await write(remote.url, [block()]);
    expect(await write(remote.url, [block('shop.md', 'serves 1.4.2', { fence: 9 })])).toMatchObject({
      files: [{ kind: 'same' }],
    });
    expect(await write(remote.url, [block('shop.md', 'not known', { fence: 8 })])).toMatchObject({
      files: [{ kind: 'newer', by: 'shop/production 9.1' }],
    });
    expect(await remote.file('shop.md')).toContain('serves 1.4.2');
  });

  it('keeps the record of another deployment, and one that covers more', async () => {
    const owner = ['shop.production.7', '2026-11-23T08:00:00.000Z'];
    const text = (entries: number, of = owner) =>
      `# ${of.join(' ')}\nJournal: ${entries} entries, the last is ${entries} ended.\n`;
    const others = text(5, ['cart.production.1', '2026-11-23T08:00:00.000Z']);
    const remote = await remoteWith({ 'a.md': others, 'b.md': text(9), 'c.md': text(2) });
    const record = (path: string, entries: number) =>
      ({ kind: 'record', path, content: text(entries), owner }) as const;
    expect(await write(remote.url, [record('a.md', 5), record('b.md', 5), record('c.md', 5)])).toMatchObject({
      files: [
        { kind: 'unusable', why: 'it is not the record of shop.production.7: move it away' },
        { kind: 'newer', by: 'a later record of shop.production.7' },
        { kind: 'written' },
      ],
    });
    expect([await remote.file('a.md'), await remote.file('b.md')]).toEqual([others, text(9)]);
  });

  it('keeps whatever else is in a file to the byte, and leaves alone what is no UTF-8', async () => {
    const remote = await remoteWith({ 'shop.md': page() });
    const [begin, end] = ['\uFEFF# Shop\r\n<!-- gantry:release -->\r\n', '<!-- /gantry:release -->\r\n\r\nThe end.'];
    const latin = Buffer.concat([Buffer.from(page()), Buffer.from([0xe4])]);
    await remote.change({ 'windows.md': `${begin}${end}`, 'latin.md': latin });
    expect(await write(remote.url, [block('windows.md'), block('latin.md')])).toMatchObject({
      files: [{ kind: 'written' }, { kind: 'unusable', why: 'it is no UTF-8 text of at most 1 MiB' }],
    });
    const text = await remote.file('windows.md');
    expect(text.startsWith(begin) && text.endsWith(end)).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('leaves alone what is not a plain text file, names what it is, and writes the rest', async () => {
    const remote = await remoteWith({
      'shop.md': page(),
      'plain.md': '# No block\n',
      'link.md': '-> /etc/passwd',
      folder: '-> docs',
      'docs/shop.md': page(),
      'other.md': page().replace('-->\n', '-->\n<!-- cart/production 3.1: written by Gantry -->\n'),
    });
    const paths = ['shop.md', 'plain.md', 'link.md', 'folder/shop.md', 'none.md', 'docs', 'other.md'];
    const answer = await write(
      remote.url,
      paths.map((path) => block(path)),
    );
    expect(answer).toMatchObject({
      files: [
        { kind: 'written' },
        { kind: 'unusable', why: expect.stringContaining('there is no block release') },
        { kind: 'unusable', why: 'it is no file, but a symlink' },
        { kind: 'unusable', why: 'folder is no folder, but a symlink' },
        { kind: 'unusable', why: 'there is no such file' },
        { kind: 'unusable', why: 'it is no file, but a folder' },
        { kind: 'unusable', why: 'the block release is that of cart/production' },
      ],
    });
    expect(await remote.git('diff', '--name-only', 'main~1', 'main')).toBe('shop.md\n');
  });

  it('that moves in between is read and written again, and keeps what the other wrote', async () => {
    const remote = await remoteWith({ 'shop.md': `${page()}${page('cart')}` });
    const both = await Promise.all([
      write(remote.url, [block()]),
      write(remote.url, [block('shop.md', 'cart serves 3.0.0', { block: 'cart', target: 'cart/production' })]),
    ]);
    expect(both.map(({ kind }) => kind)).toEqual(['done', 'done']);
    const text = await remote.file('shop.md');
    expect(text).toContain('serves 1.4.2');
    expect(text).toContain('cart serves 3.0.0');
    expect((await remote.git('rev-list', '--count', 'main')).trim()).toBe('3');
  });

  it('that moves right before each push is given up as moved, and nothing is forced', async () => {
    const remote = await remoteWith({ 'shop.md': page() });
    // By the time the remote looks at the new commit somebody else has pushed one.
    await remote.hook(
      'pre-receive',
      'unset GIT_QUARANTINE_PATH; old=$(git rev-parse main); git update-ref refs/heads/main $(git -c user.name=a -c user.email=a@b commit-tree -p $old -m theirs $old^{tree})',
    );
    expect(await write(remote.url, [block()])).toMatchObject({ kind: 'failed', trouble: 'moved' });
    expect((await remote.messages()).slice(0, 5)).toEqual(Array.from({ length: 5 }, () => 'theirs'));
  });

  it('that a lock, a hook, a missing branch or folder keeps from being written names the cause', async () => {
    const remote = await remoteWith({ 'shop.md': page() });
    await writeFile(join(remote.folder, 'refs/heads/main.lock'), '');
    expect(await write(remote.url, [block()])).toMatchObject({ kind: 'failed', trouble: 'locked' });
    await rm(join(remote.folder, 'refs/heads/main.lock'));
    await remote.hook('pre-receive', 'echo "not on a Friday" >&2; exit 1');
    expect(await write(remote.url, [block()])).toMatchObject({
      kind: 'failed',
      trouble: 'refused',
      why: expect.stringContaining('not on a Friday'),
    });
    expect(await write(remote.url, [block()], { branch: 'release' })).toMatchObject({ trouble: 'no-branch' });
    expect(await write(`${remote.url}-gone`, [block()])).toMatchObject({ trouble: 'gone' });
    expect(await remote.messages()).toHaveLength(2);
  });

  it('whose hook hangs is given up in time, and nothing of it is left running', async () => {
    const remote = await remoteWith({ 'shop.md': page() });
    await remote.hook('pre-receive', 'echo $$ > pid; exec sleep 60');
    const began = Date.now();
    expect(await write(remote.url, [block()], { limitMs: 4_000 })).toMatchObject({
      kind: 'failed',
      trouble: 'hanging',
    });
    expect(Date.now() - began).toBeLessThan(10_000);
    const pid = Number(
      await import('node:fs/promises').then(({ readFile }) => readFile(join(remote.folder, 'pid'), 'utf8')),
    );
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });
});

describe('a repository behind HTTP', () => {
  it('takes a secret, which no error shows, and refuses another one', async () => {
    const remote = await remoteWith({ 'shop.md': page() });
    const server = await serveGit(remote, { username: 'gantry', password });
    const credentials = { username: 'gantry', password: '${secret:git}' };
    expect(await write(server.url, [block()], { credentials })).toMatchObject({ kind: 'done' });
    expect(await remote.file('shop.md')).toContain('serves 1.4.2');
    const wrong = await write(server.url, [block()], { credentials: { ...credentials, username: 'mallory' } });
    expect(wrong).toMatchObject({ kind: 'failed', trouble: 'denied' });
    expect(JSON.stringify(wrong)).not.toContain(password);
    expect(JSON.stringify(wrong)).not.toContain(Buffer.from(`mallory:${password}`).toString('base64'));
    expect(await write(server.url, [block()])).toMatchObject({ trouble: 'denied' });
    await server.close();
    expect(await write(server.url, [block()], { credentials })).toMatchObject({ trouble: 'gone' });
  });

  it('that does not answer is given up in time, or when it is cancelled', async () => {
    const remote = await remoteWith({ 'shop.md': page() });
    const server = await serveGit(remote, { username: 'gantry', password });
    server.hang();
    expect(await write(server.url, [block()], { limitMs: 1_500 })).toMatchObject({ trouble: 'hanging' });
    const asked = new AbortController();
    const writing = write(server.url, [block()], { signal: asked.signal });
    asked.abort(new Error('CANCELLED'));
    expect(await writing).toMatchObject({ kind: 'failed', trouble: 'failed', why: 'cancelled' });
    await server.close();
  });
});
