import { afterAll, beforeAll, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { eventually } from '../support/eventually.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ signingKeys: 'own' });
});
afterAll(() => rig.close());

const note = { severity: 'major', statement: 'The carrier was slow at noon.' };

it('a deployment that has ended takes notes of people, and its record shows each of them once', async () => {
  const world = await rig.world('noted');
  const id = await rig.request(world, { service: 'noted' });
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  expect((await rig.ended(id)).outcome).toBe('succeeded');
  const certified = await eventually(
    () => rig.record(id),
    (record) => record.includes('FINAL'),
  );
  const say = (as: string, statement = note.statement, headers = {}) =>
    rig.call(as, 'POST', `/v1/deployments/${id}/note`, { ...note, statement }, headers);
  expect(await say('key:dan')).toMatchObject({ status: 200, body: { outcome: 'succeeded' } });
  const again = { 'idempotency-key': 'noted-again' };
  for (let i = 0; i < 2; i += 1)
    expect((await say('key:bob', 'Cache sizes are worth a look.', again)).status).toBe(200);
  expect(await say('key:ci-shop')).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  const journal = await eventually(
    () => rig.journal(id),
    (entries) => entriesOf(entries, 'note-added').length === 2 && entries.at(-1)?.type === 'record-published',
  );
  const end = entriesOf(journal, 'ended')[0]?.seq ?? 0;
  expect(entriesOf(journal, 'note-added')).toMatchObject([
    { by: { subject: 'key:dan', via: 'api', identity: 'verified' }, severity: 'major', statement: note.statement },
    { by: { subject: 'key:bob', via: 'api', identity: 'verified' }, statement: 'Cache sizes are worth a look.' },
  ]);
  for (const { seq } of entriesOf(journal, 'note-added')) expect(seq).toBeGreaterThan(end);
  const record = await rig.record(id);
  expect(record).toMatch(/“The carrier was slow at noon\.” \(major, Dan Osei, \S+Z, after the end\)/);
  // What is over is evaluated by what it was.
  const completion = (text: string) => text.slice(text.indexOf('## Final Workflow Completion'));
  expect(completion(record)).toBe(completion(certified));
  expect((await rig.status(id)).can).toEqual(['note']);
});

it('a note about a deployment of another target is none of a target’s', async () => {
  const target = rig.client.workflow.getHandle('target/noted/production');
  const forged = { deployment: 'other.production.1', note: { ...note, by: 'key:dan' } };
  await expect(target.executeUpdate('note', { args: [forged] })).rejects.toMatchObject({
    cause: { type: 'other-target' },
  });
  await expect(target.executeUpdate('note', { args: [{ deployment: 'noted.production.1' }] })).rejects.toMatchObject({
    cause: { type: 'malformed' },
  });
});
