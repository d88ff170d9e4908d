import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import pc from 'picocolors';
import { afterEach, describe, expect, it } from 'vitest';
import { problemOf } from '../../../../src/api/http/problem.ts';
import { type Preview, renderPreview } from '../../../../src/cli/render/preview.ts';
import { previewMarkdown } from '../../../../src/cli/render/preview-markdown.ts';
import { registerPlan } from '../../../../src/cli/verbs/plan.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { goodJournal } from '../../../support/journal.ts';

/** The rest of it is not printed. */
const plan = goodJournal().plan as unknown as Preview['plan'];
const preview: Preview = {
  plan,
  planDigest: 'sha256:9f2c',
  outlook: [],
  steps: [
    {
      id: 'switch',
      title: 'Move traffic',
      parts: [
        { name: 'do', text: `PUT http://127.0.0.1:4000/route digest=sha256:${'ab'.repeat(32)}` },
        { name: 'undo', text: 'PUT http://127.0.0.1:4000/route slot=blue' },
      ],
    },
  ],
  checks: [
    { part: 'health', says: ['front-door: http://127.0.0.1:4000/ → status 2xx', 'errors: …'] },
    { part: 'smoke', says: ['home: http://127.0.0.1:4000/ → status 200'] },
  ],
  maxDurationMs: 5_400_000,
  gates: [
    { gate: 'stage-system', state: 'passed', required: 'passed', found: 'finished today' },
    {
      gate: 'approval',
      state: 'waiting',
      required: '1 service-owner, 1 change-manager',
      missing: [],
      who: [
        { subject: 'key:bob', name: 'Bob May', role: 'service-owner' },
        { subject: 'key:olga', name: 'Olga\u001b[2J Own', role: 'service-owner' },
        { subject: 'key:carol', name: 'Carol Ito', role: 'change-manager' },
      ],
    },
    { gate: 'window', state: 'waiting', required: 'an open window', opens: '2026-11-25T08:00:00.000Z' },
    { gate: 'readiness', state: 'not-required', required: 'nothing', found: 'not asked for' },
  ],
  changed: [
    { pointer: '/release', before: '1.4\u001b.1', after: '1.4.2' },
    { pointer: '/artifact/digest', before: `sha256:${'ab'.repeat(32)}`, after: 'none' },
    { pointer: '/steps/warm-up', after: { id: 'warm-up' } },
  ],
  changedMore: 3,
  changedSince: { deployment: 'shop.production.3', release: '1.4.1', planDigest: 'sha256:77b0' },
  sameName: [],
};
const blocked: Preview = {
  ...preview,
  gates: [{ gate: 'go', state: 'blocked', required: '1 owner', who: [], reason: 'nobody could give it' }],
  changed: null,
  changedMore: 0,
  changedSince: null,
};
const colourless = pc.createColors(false);

describe('a preview for people', () => {
  it('shows each gate, who could give it, when it opens, and what differs', () => {
    expect(renderPreview(preview, colourless)).toEqual([
      'shop 1.4.2 to production by shop-blue-green',
      'plan sha256:9f2c, at most 1 h 30 min from request to end',
      '',
      '1. switch: Move traffic',
      '   do     PUT http://127.0.0.1:4000/route digest=sha256:abababababab…abab',
      '   undo   PUT http://127.0.0.1:4000/route slot=blue',
      '',
      'health       front-door: http://127.0.0.1:4000/ → status 2xx',
      '             errors: …',
      'smoke        home: http://127.0.0.1:4000/ → status 200',
      '',
      '✓ stage-system  passed',
      '                finished today',
      '… approval      1 service-owner, 1 change-manager',
      '                could give it: Bob May, Olga [2J Own (service-owner); Carol Ito (change-manager)',
      '… window        an open window',
      '                opens 2026-11-25T08:00:00.000Z',
      '– readiness     nothing',
      '                not asked for',
      '',
      '6 values differ from the plan that ran last, shop.production.3 (1.4.1):',
      '  /release: 1.4 .1 → 1.4.2',
      '  /artifact/digest: sha256:abababababab…abab → none',
      '  /steps/warm-up: absent → id: warm-up',
      '  and 3 more',
      '',
      'Nothing is blocked.',
    ]);
  });

  it('shows what blocks, and that nothing ran before', () => {
    expect(renderPreview({ ...blocked, steps: [], checks: [] }, colourless).slice(5)).toEqual([
      '✗ go  1 owner',
      '      nobody could give it',
      '',
      'No plan has run on this target before.',
      '',
      'Blocked: go.',
    ]);
  });
});

it('folds what only follows from the release: its name, its artifact and its evidence in other places', () => {
  const [before, after] = [`sha256:${'ab'.repeat(32)}`, `sha256:${'cd'.repeat(32)}`];
  const changed = [
    { pointer: '/release', before: '1.4.1', after: '1.4.2' },
    { pointer: '/artifact/digest', before, after },
    { pointer: '/steps/start/do/spec/command', before: ['./x', '1.4.1', before], after: ['./x', '1.4.2', after] },
    { pointer: '/steps/start/done/spec/json', before: { '/release': '1.4.1' }, after: { '/release': '1.4.2' } },
    // Not the release alone: another argument, too.
    { pointer: '/steps/stop/do/spec/command', before: ['./x', '1.4.1'], after: ['./x', '1.4.2', '--force'] },
    { pointer: '/evidence/0', before: 'sha256:1', after: 'sha256:2' },
    { pointer: '/files/shopctl/digest', before: 'sha256:1', after: 'sha256:2' },
  ];
  const lines = renderPreview({ ...preview, changed, changedMore: 0 }, colourless);
  expect(lines.slice(lines.findIndex((line) => line.startsWith('7 values differ')) + 1, -2)).toEqual([
    '  /release: 1.4.1 → 1.4.2',
    '  /artifact/digest: sha256:abababababab…abab → sha256:cdcdcdcdcdcd…cdcd',
    '  /steps/stop/do/spec/command: ./x, 1.4.1 → ./x, 1.4.2, --force',
    '  /files/shopctl/digest: sha256:1 → sha256:2',
    '  2 places with the new release or its artifact',
    '  1 place with evidence of it',
  ]);
});

it('says what differs in the policy in words, not as JSON', () => {
  const olga = {
    subject: 'key:olga',
    name: 'May, Olga',
    roles: ['service-owner', 'security'],
    aliases: [],
    team: null,
  };
  const changed = [
    { pointer: '/policy/limits/windowMs', before: 604_800_000, after: 86_400_000 },
    { pointer: '/policy/people/key:bob/roles', before: ['service-owner'], after: [] },
    { pointer: '/policy/people/key:olga', after: olga },
    { pointer: '/policy/readiness', before: { roles: [{ role: 'support', minimum: 1 }], withinMs: 60_000 } },
    { pointer: '/policy/windows/allow', before: [''], after: ['Mon 08:00', 'Tue (all day)'] },
  ];
  const lines = renderPreview({ ...preview, changed, changedMore: 0 }, colourless);
  expect(lines.slice(lines.findIndex((line) => line.startsWith('5 values differ')) + 1, -2)).toEqual([
    '  /policy/limits/windowMs: 7 d → 1 d',
    '  /policy/people/key:bob/roles: service-owner → none',
    '  /policy/people/key:olga: absent → subject: key:olga; name: "May, Olga"; roles: (service-owner, security); aliases: none',
    '  /policy/readiness: roles: (role: support; minimum: 1); within: 1 min → absent',
    '  /policy/windows/allow: "" → Mon 08:00, "Tue (all day)"',
  ]);
});

it('is Markdown that foreign text cannot break', () => {
  const hostile = { pointer: '/steps/a|b', before: '<img src=x>', after: '`code` [link](http://evil.example)' };
  const shown = previewMarkdown({ ...preview, changed: [hostile], changedMore: 2 });
  expect(shown).toContain('## shop 1.4.2 to production');
  expect(shown).toContain(
    '| `switch` Move traffic | do | `PUT http://127.0.0.1:4000/route digest=sha256:abababababab…abab` |',
  );
  expect(shown).toContain('| smoke | `home: http://127.0.0.1:4000/ → status 200` |');
  expect(shown).toMatch(/\| window \| waiting \| an open window \| opens 2026-11-25T08:00:00\.000Z \|/);
  expect(shown).toMatch(
    /\| approval \| waiting \|.*\| could be given by Bob May, .*\(service-owner\); Carol Ito \(change-manager\) \|/,
  );
  expect(shown).not.toMatch(/<img|(?<!`)\[link\]/);
  expect(shown).toMatch(/And 2 more\.$/);
  expect(previewMarkdown(blocked)).toContain('**Blocked: go.**');
});

it('shows that the same name with another digest is another release', () => {
  const sameName = [
    { deployment: 'shop.staging.9', artifactDigest: 'sha256:9f' },
    { deployment: 'shop.production.3', artifactDigest: 'sha256:77' },
  ];
  const words =
    'Another release of the name 1.4.2, by its digest: shop.staging.9 (sha256:9f), shop.production.3 (sha256:77).';
  expect(renderPreview({ ...preview, sameName }, colourless).slice(1, 4)).toEqual([
    expect.stringMatching(/^plan sha256:9f2c/),
    `! ${words}`,
    '',
  ]);
  expect(previewMarkdown({ ...preview, sameName })).toMatch(/^\*\*Note\*\*: Another release of the name 1\.4\.2/m);
  expect(previewMarkdown(preview)).not.toContain('**Note**');
});

it('shows before all details what would hold the deployment, and what would become of it', () => {
  const outlook: Preview['outlook'] = [
    { about: 'window', says: 'A freeze holds it now (frozen by key:carol: stock\u001b[2J-taking).', opens: null },
    { about: 'order', says: 'There is one older deployment open: shop.production.4 (1.4.1).', deployments: [] },
  ];
  const lines = renderPreview({ ...preview, outlook }, colourless);
  expect(lines.slice(2, 5)).toEqual([
    '! A freeze holds it now (frozen by key:carol: stock [2J-taking).',
    '! There is one older deployment open: shop.production.4 (1.4.1).',
    '',
  ]);
  const shown = previewMarkdown({ ...preview, outlook });
  expect(shown.indexOf('**Note**: A freeze holds it now')).toBeGreaterThan(0);
  expect(shown.indexOf('**Note**: There is one older')).toBeLessThan(shown.indexOf('### Steps'));
});

it('names ten people of each role, how many more there are, and whom a freeze waits for', () => {
  const many = Array.from({ length: 12 }, (_, i) => ({ subject: `key:p${i}`, name: `P${i}`, role: 'request' }));
  const carol = { subject: 'key:carol', name: 'Carol Ito', role: 'change-manager' };
  const gates: Preview['gates'] = [
    { gate: 'rehearsal', state: 'blocked', required: 'one', reason: 'none', who: [...many, carol] },
    { gate: 'window', state: 'waiting', required: 'no freeze', found: 'frozen', who: [carol], opens: null },
  ];
  expect(renderPreview({ ...preview, gates }, colourless).slice(11, 17)).toEqual([
    '✗ rehearsal  one',
    '             none',
    '             could give it: P0, P1, P2, P3, P4, P5, P6, P7, P8, P9 and 2 more (request); Carol Ito (change-manager)',
    '… window     no freeze',
    '             frozen',
    '             could lift it: Carol Ito (change-manager)',
  ]);
  expect(renderPreview({ ...preview, gates }, colourless)).toContain('             does not open by itself');
});

describe('gantry plan', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    process.exitCode = undefined;
    for (const end of ends.splice(0)) await end();
  });

  const token = `gtk_${'a'.repeat(43)}`;
  /** An API that gives this answer; what it was asked is kept. */
  async function apiThat(status: number, answer: unknown) {
    const asked: string[] = [];
    const server: Server = createServer((request, response) => {
      void text(request).then((body) => {
        asked.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => server.close());
    return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  async function run(url: string, body: string, ...options: string[]) {
    const folder = await mkdtemp(join(tmpdir(), 'gantry-cli-'));
    ends.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'request.json');
    await writeFile(file, body);
    const said: string[] = [];
    const program = new Command().exitOverride();
    const environment = options.includes('--no-token') ? {} : { GANTRY_TOKEN: token };
    const terminal = { say: (line: string) => said.push(line), paint: colourless };
    registerPlan(program.command('plan'), { terminal, environment });
    const words = options.filter((word) => word !== '--no-token');
    await program.parseAsync(['plan', file, '--api', url, ...words], { from: 'user' });
    return { said, exitCode: process.exitCode };
  }

  it('asks for a preview as the owner of the token, and succeeds when nothing is blocked', async () => {
    const { url, asked } = await apiThat(200, preview);
    const { said, exitCode } = await run(`${url}/`, '{"service": "shop"}');
    expect(asked).toEqual([`POST /v1/plans Bearer ${token} {"service":"shop"}`]);
    expect(said.at(-1)).toBe('Nothing is blocked.');
    expect(exitCode).toBeUndefined();
  });

  it('fails with 3 when a gate is blocked, or of a state that it does not know', async () => {
    expect((await run((await apiThat(200, blocked)).url, '{}')).exitCode).toBe(3);
    const strange = { ...blocked, gates: [{ gate: 'go', state: 'strange', required: 'x' }] };
    expect((await run((await apiThat(200, strange)).url, '{}', '--json')).exitCode).toBe(3);
  });

  it('prints the whole answer with --json', async () => {
    const { said } = await run((await apiThat(200, { ...preview, extra: [1] })).url, '{}', '--json');
    expect(JSON.parse(said.join('\n'))).toEqual({ ...preview, extra: [1] });
  });

  it('fails with the code and the places that the API names', async () => {
    const issues = ['/service', '/release'].map(
      (at) => ({ pointer: at, code: 'malformed', detail: 'no name' }) as const,
    );
    const problem = problemOf(new GantryError('malformed', '/service: no name', { pointer: '/service', issues }));
    await expect(run((await apiThat(400, problem)).url, '{}')).rejects.toMatchObject({
      code: 'malformed',
      pointer: '/service',
      issues,
    });
    await expect(run((await apiThat(502, 'oops')).url, '{}')).rejects.toMatchObject({ code: 'not-ready' });
    await expect(run((await apiThat(200, { gates: 1 })).url, '{}')).rejects.toMatchObject({ code: 'internal' });
  });

  it('reports what is wrong with its own input', async () => {
    await expect(run('http://127.0.0.1:1', '{}')).rejects.toMatchObject({ code: 'not-ready' });
    await expect(run('ftp://x', '{}')).rejects.toMatchObject({ code: 'invalid-config' });
    await expect(run('http://127.0.0.1:1', '{')).rejects.toMatchObject({ code: 'malformed-json' });
    await expect(run('http://127.0.0.1:1', '{}', '--no-token')).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(run('http://127.0.0.1:1', '{}', '--token-file', '/nowhere')).rejects.toMatchObject({
      code: 'invalid-config',
    });
  });
});
