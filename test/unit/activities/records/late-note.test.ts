import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { recordNote } from '../../../../src/activities/records/late-note.ts';
import type { SigningKeys } from '../../../../src/api/deps.ts';
import { vouched } from '../../../../src/api/trust/vouch.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { type MessageArgument, maxAccepted } from '../../../../src/domain/messages/messages.ts';
import { hasRoomForNote, isLateNote, lateNoteEntry } from '../../../../src/domain/target/late-notes.ts';
import { keyIdOf } from '../../../../src/domain/trust/seal.ts';
import { ensureMessageKeys } from '../../../../src/main/keys/message-key.ts';
import { dan, goodJournal } from '../../../support/journal.ts';
import { storeOfOne } from '../../../support/one-deployment.ts';

let folder: string;
let keys: SigningKeys;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-notes-'));
  keys = await ensureMessageKeys(folder);
});
afterAll(() => rm(folder, { recursive: true }));

const deployment = 'shop.production.7';
const note: MessageArgument<'note'> = { by: 'key:dan', severity: 'minor', statement: 'The carrier was slow at noon.' };
const said = { deployment, note, target: 'shop/production', at: '2026-11-24T08:00:00.000Z' };

/** A worker whose store knows one deployment that went well, up to some entry of its journal. */
function worker({
  unsigned = 'accept',
  until = Number.POSITIVE_INFINITY,
  isRunning = false,
}: {
  readonly unsigned?: 'accept' | 'refuse';
  readonly until?: number;
  readonly isRunning?: boolean;
} = {}) {
  const { plan, planDigest, journal: whole } = goodJournal();
  const known = storeOfOne({ plan, planDigest, entries: whole.slice(0, until) });
  const alarms: string[] = [];
  const people = [{ subject: 'key:dan', name: 'Dan Ode', roles: ['support'], aliases: [] }];
  const rules = { messages: { unsigned }, operators: [], stakeholders: [] };
  const deps = {
    store: {
      ...known.store,
      addAlert: async ({ code }: { code: string }) => void alarms.push(code),
    },
    histories: { read: async () => null, told: async () => null, isRunning: async () => isRunning },
    policy: { read: async () => ({ policy: { people, services: {}, environments: { production: rules } } }) },
    trustedKey: async (id: string) => keys.publicKeys.find((key) => keyIdOf(key) === id) ?? null,
    notify: async () => [],
    recordsFolder: join(folder, 'records'),
    worker: 'test',
    now: Date.now,
  } as unknown as ActivityDeps;
  const context = { heartbeat: () => undefined } as unknown as Context;
  const tell = (more: Partial<typeof said> = {}) =>
    asyncLocalStorage.run(context, () => recordNote(deps, { ...said, ...more }));
  return { tell, journal: known.journal, records: known.records, alarms, whole };
}

describe('a note on a deployment that has ended', () => {
  it('stands behind its end and in its record, once however often it is sent', async () => {
    const { tell, journal, records, whole } = worker();
    await tell();
    await tell({ at: '2026-11-24T08:00:09.000Z' });
    expect(journal().slice(whole.length)).toMatchObject([
      { type: 'note-added', at: said.at, statement: note.statement, by: { name: 'Dan Ode', identity: 'asserted' } },
      { type: 'record-published', state: 'final' },
    ]);
    expect(records.at(-1)?.markdown).toContain(
      '“The carrier was slow at noon.” (minor, Dan Ode, 2026-11-24T08:00:00.000Z, after the end)',
    );
    // What was said while it ran stands as it did, and the statement does as well.
    expect(records.at(-1)?.markdown).toMatch(/“Watch carrier timeouts on 1 December\.” \(minor, Dan Ode, \S+Z\)/);
    expect(records.at(-1)?.markdown).toContain('All validation pipeline requirements satisfied');
    await tell({ note: { ...note, statement: 'And at one.' } });
    expect(journal().filter(({ type }) => type === 'note-added')).toHaveLength(3);
  });

  it('is left to the deployment itself as long as that runs', async () => {
    await expect(worker({ until: 40, isRunning: true }).tell()).rejects.toMatchObject({ code: 'too-early' });
    await expect(worker({ isRunning: true }).tell()).rejects.toMatchObject({ code: 'not-ready', retryable: true });
  });

  it('is one of a person of the policy, about a deployment of the target', async () => {
    const { tell, journal, whole, alarms } = worker();
    await expect(tell({ note: { ...note, by: 'key:eve' } })).rejects.toMatchObject({ code: 'forbidden' });
    await expect(tell({ target: 'shop/staging' })).rejects.toMatchObject({ code: 'other-target' });
    expect(journal()).toHaveLength(whole.length);
    expect(alarms).toEqual(['forbidden', 'other-target']);
  });

  it('counts only where the API vouches for it, if policy asks for that', async () => {
    const { tell, journal, whole } = worker({ unsigned: 'refuse' });
    const proven = vouched({ signingKeys: keys, now: Date.now }, deployment, 'note', note);
    await expect(tell()).rejects.toMatchObject({ code: 'unproven-message' });
    await expect(tell({ note: { ...proven, statement: 'Other words.' } })).rejects.toMatchObject({
      code: 'unproven-message',
    });
    expect(journal()).toHaveLength(whole.length);
    await tell({ note: proven });
    expect(journal()[whole.length]).toMatchObject({ type: 'note-added', by: { via: 'api', identity: 'verified' } });
  });

  it('is not taken beyond what a deployment takes of one person', () => {
    const { journal } = goodJournal();
    const more = Array.from({ length: maxAccepted.note.ofEach }, (_, i): JournalEntry => {
      return {
        v: 1,
        seq: journal.length + 1 + i,
        at: said.at,
        type: 'note-added',
        by: dan,
        severity: 'minor',
        statement: `${i}`,
      };
    });
    expect(hasRoomForNote(journal, 'key:dan')).toBe(true);
    expect(hasRoomForNote([...journal, ...more], 'key:dan')).toBe(false);
    expect(hasRoomForNote([...journal, ...more], 'key:bob')).toBe(true);
    expect(lateNoteEntry([...journal, ...more], dan, note, said.at)).toBeNull();
  });

  it.each([
    ['nothing', null],
    ['no note', { deployment }],
    ['no deployment', { deployment: 'shop', note }],
    ['a note without words', { deployment, note: { ...note, statement: '' } }],
  ])('is none that is %s', (_, raw) => {
    expect(isLateNote(raw)).toBe(false);
    expect(isLateNote({ deployment, note })).toBe(true);
  });
});
