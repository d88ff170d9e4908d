import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationRows } from '../../src/domain/configuration/configuration.ts';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { completion } from '../../src/domain/record/certifying-statement.ts';
import { artifactOf, type ChangeOptions, steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { type GitRemote, startGitRemote } from '../support/git-remote.ts';
import { refusing, testPolicy } from '../support/policy.ts';
import { query } from '../support/postgres.ts';
import { type Rig, startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';

let remote: GitRemote;
let rig: Rig;
const page = '# Shop\n\n<!-- gantry:release -->\n<!-- /gantry:release -->\n\nThe end.\n';
const secretValue = 'hunter2-of-the-shop';
const services = ['good', 'steps', 'watched', 'compensated', 'accepted', 'hooked', 'left', 'right'];
beforeAll(async () => {
  remote = await startGitRemote({
    ...Object.fromEntries(services.map((name) => [`${name}.md`, page])),
    'both.md': '<!-- gantry:left -->\n<!-- /gantry:left -->\n\n<!-- gantry:right -->\n<!-- /gantry:right -->\n',
  });
  const author = { name: 'Gantry', email: 'gantry@shop.example' };
  rig = await startRig({
    signingKeys: 'own',
    policy: {
      ...testPolicy,
      environments: { production: refusing },
      repositories: {
        runbooks: { url: remote.url, author },
        gone: { url: `${remote.url}-gone`, author },
      },
    },
  });
});
afterAll(async () => {
  await rig.close();
  await remote.remove();
});

const documented = (service: string, documents: readonly object[] = [], procedure: object = {}): ChangeOptions => ({
  service,
  procedure: {
    documents: [{ repository: 'runbooks', path: '${service}.md' }, ...documents],
    monitoring: { period: '1m' },
    ...procedure,
  },
});
async function approved(world: World, options: ChangeOptions): Promise<string> {
  const id = await rig.request(world, options);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  return id;
}
/** Waits until a document says so. */
const tells = (path: string, words: string) =>
  eventually(
    () => remote.file(path),
    (text) => text.includes(words),
  );
const row = (release: string) => `| Release | \`${release}\` |`;

describe('documents', () => {
  it('show what serves after a good change, with who approved it, and the record is one of them', async () => {
    const world = await rig.world('good');
    const handoff = { period: '1s', handoff: { role: 'support', within: '1h' } };
    const id = await approved(world, {
      ...documented('good', [{ repository: 'runbooks', path: 'records', record: true }]),
      procedure: {
        ...documented('good', [{ repository: 'runbooks', path: 'records', record: true }]).procedure,
        monitoring: handoff,
      },
    });
    const text = await tells('good.md', row('1.4.2'));
    expect(text).toContain(`| Digest | \`${artifactOf('1.4.2').digest}\` |`);
    expect(text).toContain('| Approved by | Bob May (service-owner) |');
    expect(text).toMatch(/^# Shop\n[\s\S]*The end\.\n$/);
    const journal = await eventually(
      () => rig.journal(id),
      (entries) => entriesOf(entries, 'document-written').length === 2,
    );
    const [blockEntry, recordEntry] = entriesOf(journal, 'document-written');
    expect(blockEntry).toMatchObject({ repository: 'runbooks', path: 'good.md', block: 'release', result: 'written' });
    expect(blockEntry?.difference).toContain(`+ ${row('1.4.2')}`);
    expect(await remote.git('rev-parse', `${blockEntry?.after}^`)).toBe(`${blockEntry?.before}\n`);
    const message = await remote.git('log', '-1', '--format=%B', blockEntry?.after ?? '');
    expect(message).toContain(`docs: good in production serves 1.4.2\n`);
    expect(message).toContain(`Gantry-Deployment: ${id}\n`);
    await rig.until(id, ({ phase }) => phase === 'handing-over');
    await rig.call('key:dan', 'POST', `/v1/deployments/${id}/acknowledge`, { for: 'handoff', role: 'support' });
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    const record = await tells(recordEntry?.path ?? '', 'All validation pipeline requirements satisfied');
    expect(record).toContain('Documentation: written as follows.');
    expect(record).toContain('`runbooks:good.md` release');
    const {
      body: { plan },
    } = await rig.call<{ plan: Plan }>('key:alice', 'GET', `/v1/deployments/${id}/plan`);
    const whole = await rig.journal(id);
    expect(completion(plan, whole)).toEqual({ certified: true, unsatisfied: [] });
    const without = whole
      .filter(({ type }) => type !== 'document-written')
      .map((entry, i) => ({ ...entry, seq: i + 1 }));
    expect(completion(plan, without).unsatisfied).toEqual([
      'document runbooks:good.md release not written',
      'document runbooks:records not written',
    ]);
  });

  it('show what served before after a rollback in the steps, and a second one changes no word of it', async () => {
    const world = await rig.world('steps');
    world.behave('1.4.2', { reports: { release: '1.4.1' } });
    const first = await rig.deploy(world, documented('steps'));
    expect(first.status.outcome).toBe('rolled-back');
    const text = await tells('steps.md', row('1.4.1'));
    expect(text).toContain('| Record | none: a person has said what serves |');
    const second = await rig.deploy(world, documented('steps'));
    await eventually(
      () => rig.journal(second.id),
      (entries) => entries.some(({ type }) => type === 'record-published'),
    );
    await eventually(
      () => rig.client.workflow.getHandle(`deployment/steps/production/2`).describe(),
      ({ status }) => status.name === 'COMPLETED',
    );
    const [again] = entriesOf(await rig.journal(second.id), 'document-written');
    expect(again).toMatchObject({ result: 'same', difference: '' });
    const bare = (words: string) => words.replace(/^<!-- steps\/production .*$/m, '');
    expect(await remote.file('steps.md')).not.toBe(text);
    expect(bare(await remote.file('steps.md'))).toBe(bare(text));
  });

  it('show what serves again after a rollback in monitoring', async () => {
    const world = await rig.world('watched');
    const id = await approved(world, documented('watched'));
    await tells('watched.md', row('1.4.2'));
    world.behave('1.4.2', { status: 500 });
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    const text = await tells('watched.md', row('1.4.1'));
    expect(text).not.toContain('1.4.2');
  });

  const stuck = async (service: string) => {
    const world = await rig.world(service);
    const configuration = [{ id: 'route', http: `${world.url}/route`, keys: ['slot'] }];
    const id = await approved(world, documented(service, [], { configuration }));
    await tells(`${service}.md`, row('1.4.2'));
    world.bend('PUT /route', 503);
    world.behave('1.4.2', { status: 500 });
    expect((await rig.ended(id)).outcome).toBe('needs-intervention');
    await tells(`${service}.md`, '**not known**');
    world.bend('PUT /route', null);
    return { world, id };
  };
  const resolved = async (service: string, body: object) => {
    const repair = await eventually(
      () => rig.call<{ id: string }>('key:carol', 'POST', `/v1/targets/${service}/production/resolve`, body),
      ({ status }) => status === 202,
    );
    expect((await rig.ended(repair.body.id)).outcome).toBe('succeeded');
    return rig.record(repair.body.id);
  };

  it('show that it is not known while a person is needed, and what serves after a repair by compensating', async () => {
    const { world, id } = await stuck('compensated');
    const body = { deployment: id, decision: 'compensate', reason: 'the router is back' };
    const record = await resolved('compensated', body);
    await tells('compensated.md', row('1.4.1'));
    expect(world.live).toBe('blue');
    expect(await rig.record(id)).toContain('| `route/slot` | – | blue | green | green | **not as before** |');
    expect(record).toContain(`Before: as ${id} read them, which this repairs.`);
    expect(record).toContain('| `route/slot` | – | blue | not read | blue | as before |');
  });

  it('show what a person has named after a repair by accepting', async () => {
    const { id } = await stuck('accepted');
    const live = { release: '1.4.2', artifact: artifactOf('1.4.2'), slot: 'green' };
    const record = await resolved('accepted', { deployment: id, decision: 'accept', live, reason: 'it works' });
    expect(record).toContain('| `route/slot` | – | blue | not read | green | **changed undeclared** |');
    const text = await tells('accepted.md', row('1.4.2'));
    expect(text).not.toContain('**not known**');
  });

  it('of two services in one file are both there', async () => {
    const both = await Promise.all(
      ['left', 'right'].map(async (service) => {
        const world = await rig.world(service);
        const options = documented(service, [{ repository: 'runbooks', path: 'both.md', block: service }]);
        return approved(world, options);
      }),
    );
    const text = await tells('both.md', 'right in production');
    expect(`${text}${await tells('both.md', 'left in production')}`).toContain(row('1.4.2'));
    for (const id of both) await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, { reason: 'seen' });
    for (const id of both) expect((await rig.ended(id)).outcome).toBe('rolled-back');
    const back = await eventually(
      () => remote.file('both.md'),
      (seen) => seen.split(row('1.4.1')).length === 3,
    );
    expect(back).toMatch(/gantry:left[\s\S]*left in production[\s\S]*gantry:right[\s\S]*right in production/);
  });

  it('that a remote does not take are a deviation and a page, and hold no deployment up', async () => {
    const world = await rig.world('hooked');
    await remote.hook(
      'update',
      'git diff --name-only $2 $3 | grep -q hooked.md && echo "not on a Friday" && exit 1; exit 0',
    );
    const options = documented('hooked', [
      { repository: 'gone', path: 'shop.md' },
      { repository: 'gone', path: 'records', record: true },
      { repository: 'gone', path: 'none.md' },
    ]);
    const id = await approved(world, { ...options, procedure: { ...options.procedure, monitoring: { period: '8s' } } });
    const { outcome } = await rig.ended(id);
    expect(outcome).toBe('succeeded');
    await eventually(
      () => rig.client.workflow.getHandle('deployment/hooked/production/1').describe(),
      ({ status }) => status.name === 'COMPLETED',
    );
    const journal = await rig.journal(id);
    expect(entriesOf(journal, 'document-failed')).toMatchObject([
      {
        repository: 'runbooks',
        path: 'hooked.md',
        trouble: 'refused',
        why: expect.stringContaining('not on a Friday'),
      },
    ]);
    expect(entriesOf(journal, 'deviation').map(({ code }) => code)).toEqual(['document-failed', 'documents-late']);
    expect(rig.told.some((line) => line.includes(id) && line.includes('hooked.md'))).toBe(true);
    const record = await rig.record(id);
    expect(record).toContain('**not written**');
    expect(record).toMatch(/`gone:shop\.md` release \| [^|]+ \| \*\*still being written at the end\*\*/);
    const confirmed = entriesOf(journal, 'confirmed')[0]?.at ?? '';
    const ended = entriesOf(journal, 'ended')[0]?.at ?? '';
    expect(Date.parse(ended) - Date.parse(confirmed)).toBeLessThan(8_000);
    const back = await startGitRemote({ 'shop.md': page });
    await rename(back.folder, `${remote.folder}-gone`);
    const whole = await eventually(
      () => rig.journal(id),
      (entries) => entries.at(-1)?.type === 'record-published' && entries.length > journal.length,
    );
    expect(whole.slice(journal.length)).toMatchObject([
      { type: 'document-written', repository: 'gone', path: 'shop.md', result: 'written' },
      { type: 'document-written', repository: 'gone', path: expect.stringMatching(/^records\/deployment-/) },
      { type: 'document-failed', repository: 'gone', path: 'none.md', trouble: 'unusable' },
      { type: 'record-published', state: 'final' },
    ]);
    expect(await rig.record(id)).not.toContain('**still being written');
    await eventually(
      async () => rig.told,
      (lines) => lines.some((line) => line.includes(id) && line.includes('gone:none.md')),
    );
    await back.remove();
  });
});

describe('configuration', () => {
  const configured = (world: World, file: string, more: object = {}): ChangeOptions => ({
    steps: [steps.startByHttp(world), { ...steps.switch(world), changes: ['route/slot'] }],
    procedure: {
      configuration: [
        { id: 'route', http: `${world.url}/route`, keys: ['slot'] },
        { id: 'env', file, keys: ['LEVEL', { key: 'PASSWORD', secret: true }, 'GONE'] },
      ],
      monitoring: { period: '1m' },
      ...more,
    },
  });
  const results = async (id: string) => {
    const { body } = await rig.call<{ plan: Plan }>('key:alice', 'GET', `/v1/deployments/${id}/plan`);
    const rows = configurationRows(body.plan, await rig.journal(id));
    return Object.fromEntries(rows.map(({ source, key, result }) => [`${source}/${key}`, result]));
  };

  it('that changes as declared stands in the record, and a secret value nowhere', async () => {
    const world = await rig.world('declared');
    const file = join(rig.folder, 'declared.env');
    await writeFile(file, `LEVEL=info\nPASSWORD=${secretValue}\n`);
    const { id, status } = await rig.deploy(world, {
      ...configured(world, file, { monitoring: { period: '1s' } }),
      service: 'declared',
    });
    expect(status.outcome).toBe('succeeded');
    expect(await results(id)).toEqual({
      'route/slot': 'changed as declared',
      'env/LEVEL': 'unchanged',
      'env/PASSWORD': 'unchanged',
      'env/GONE': 'unchanged',
    });
    const record = await rig.record(id);
    expect(record).toContain('| `route/slot` | switch | blue | green | green | changed as declared |');
    expect(record).toMatch(/\| `env\/PASSWORD` \| – \| secret `[0-9a-f]{12}` \|/);
    const { body } = await rig.call<{ plan: Plan }>('key:alice', 'GET', `/v1/deployments/${id}/plan`);
    const history = await rig.client.workflow.getHandle('deployment/declared/production/1').fetchHistory();
    const journal = await rig.journal(id);
    expect(completion(body.plan, journal).certified).toBe(true);
    const raw = Buffer.from(JSON.stringify(history)).toString();
    const decoded = (history.events ?? []).flatMap(({ activityTaskCompletedEventAttributes: done }) =>
      (done?.result?.payloads ?? []).map(({ data }) => Buffer.from(data ?? []).toString()),
    );
    const tables = await query(rig.storeAddress, "select tablename from pg_tables where schemaname = 'public'");
    const rows = await Promise.all(
      tables.map(({ tablename }) => query(rig.storeAddress, `select t::text as row from "${String(tablename)}" t`)),
    );
    const stored = rows.flat().map(({ row }) => String(row));
    expect(stored.some((row) => row.includes('env/PASSWORD'))).toBe(true);
    const told = rig.told.join('\n');
    expect(told).toContain('declared.production.1');
    for (const text of [record, JSON.stringify(journal), raw, ...decoded, ...stored, told])
      expect(text).not.toContain(secretValue);
  });

  it('that changes undeclared is a major deviation, and a rollback shows what is back and what is not', async () => {
    const world = await rig.world('undeclared');
    const file = join(rig.folder, 'undeclared.env');
    await writeFile(file, `LEVEL=info\nPASSWORD=${secretValue}\n`);
    const arrived = world.arrival('PUT /route');
    const id = await approved(world, { ...configured(world, file), service: 'undeclared' });
    await arrived;
    await writeFile(file, `LEVEL=debug\nPASSWORD=another-${secretValue}\n`);
    await rig.until(id, ({ phase }) => phase === 'monitoring');
    const deviations = entriesOf(await rig.journal(id), 'deviation');
    expect(deviations).toMatchObject([{ code: 'configuration-undeclared', severity: 'major' }]);
    expect(deviations[0]?.what).toContain('env/LEVEL, env/PASSWORD');
    await writeFile(file, `LEVEL=info\nPASSWORD=another-${secretValue}\n`);
    await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, { reason: 'a test' });
    expect((await rig.ended(id)).outcome).toBe('rolled-back');
    expect(await results(id)).toEqual({
      'route/slot': 'as before',
      'env/LEVEL': 'as before',
      'env/PASSWORD': 'not as before',
      'env/GONE': 'as before',
    });
  });

  it('that changes again in monitoring, or cannot be read, is reported', async () => {
    const world = await rig.world('again');
    const file = join(rig.folder, 'again.env');
    await writeFile(file, 'LEVEL=info\n');
    const id = await approved(world, {
      ...configured(world, file, { monitoring: { period: '3s' } }),
      service: 'again',
    });
    await rig.until(id, ({ phase }) => phase === 'monitoring');
    await writeFile(file, 'LEVEL=debug\n');
    world.bend('GET /route', 503);
    expect((await rig.ended(id)).outcome).toBe('succeeded');
    expect(await results(id)).toMatchObject({ 'route/slot': 'not readable', 'env/LEVEL': 'changed again' });
    const codes = entriesOf(await rig.journal(id), 'deviation').map(({ code }) => code);
    expect(codes).toEqual(['configuration-unread', 'configuration-again']);
    const { body } = await rig.call<{ plan: Plan }>('key:alice', 'GET', `/v1/deployments/${id}/plan`);
    expect(completion(body.plan, await rig.journal(id)).unsatisfied).toEqual([
      '1 major deviation',
      'configuration not read (end): route/slot',
    ]);
    expect(await rig.record(id)).toContain('**unreadable**: answered 503');
  });
});
