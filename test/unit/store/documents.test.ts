import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf, digestOfJson } from '../../../src/domain/base/canonical-json.ts';
import type { EvidenceRow, RefusedEvidence } from '../../../src/domain/evidence/evidence.ts';
import type { Statement } from '../../../src/domain/evidence/statement.ts';
import type { CountedRefusal } from '../../../src/domain/messages/refused.ts';
import { freezePlan } from '../../../src/domain/planning/freeze-plan.ts';
import type { StoredRecord } from '../../../src/store/stored.ts';
import { artifactDigest, digestFilledWith, evidenceRows, planningInput } from '../domain/planning-input.ts';
import { engines, useStore } from './engines.ts';
import { deploymentRow, entries, rehearsalRow, signedEnvelope, storedKeyOf } from './rows.ts';

/** What people and programs write when they are careless, curious or hostile. */
const hostile = `'; drop table plans; -- "$1" \\ \u0000 \u{1f680} e\u0301 \u202e \ufeff\r\n\t%s {{x}} $$`;

const statementAbout = (reason: string) => ({ b: 1, a: { z: hostile, y: reason } }) as unknown as Statement;

describe.each(engines)('on %s', (engine) => {
  const given = useStore(engine);

  describe('evidence', () => {
    it('comes back as it was submitted, the latest to arrive first', async () => {
      const rows = evidenceRows();
      rows[0] = { ...(rows[0] as EvidenceRow), envelope: hostile.replaceAll('\0', '') };
      for (const row of rows) await given.store.addEvidence([{ row, statement: statementAbout(row.stage) }]);

      const withText = rows.map((row) => {
        return { ...row, statement: row.envelope ? null : canonicalJson(statementAbout(row.stage)) };
      });
      expect(await given.store.evidenceOf(artifactDigest)).toEqual(withText.toReversed());
      expect(await given.store.evidenceOf(digestFilledWith('0'))).toEqual([]);
    });

    it('stays as it is when the same statement comes again, alone or twice in one submission, with all who sent it', async () => {
      const [row] = evidenceRows();
      if (!row) throw new Error('no evidence');
      const first = { ...row, artifactDigest: digestFilledWith('1'), digest: digestFilledWith('a'), envelope: '{}' };
      const again = { ...first, submittedBy: 'key:mallory', submittedAt: 'later', result: 'FAILED' } as const;
      const third = { ...again, submittedBy: 'key:alice', submittedAt: 'last' };
      await given.store.addEvidence([{ row: first, statement: statementAbout('first') }]);
      for (const some of [[again, again], [third], [first], [{ ...again, submittedAt: 'much later' }]])
        await given.store.addEvidence(some.map((one) => ({ row: one, statement: statementAbout('again') })));

      const alsoBy = [again, third].map(({ submittedBy, submittedAt }) => ({ submittedBy, submittedAt }));
      expect(await given.store.evidenceOf(first.artifactDigest)).toEqual([{ ...first, statement: null, alsoBy }]);
    });

    it('is filed under each artifact that it is submitted for, with who submitted it for that one', async () => {
      const [row] = evidenceRows();
      if (!row) throw new Error('no evidence');
      const [one, other] = ['5', '6'].map((digit) => digestFilledWith(digit)) as [string, string];
      const first = { ...row, artifactDigest: one, digest: digestFilledWith('f'), envelope: '{}' };
      const second = { ...first, artifactDigest: other, submittedBy: 'key:alice' };
      const of = (rows: readonly EvidenceRow[]) =>
        rows.map((each) => ({ row: each, statement: statementAbout('both') }));
      await given.store.addEvidence(of([first]));
      await given.store.addEvidence(of([second]));
      expect(await given.store.evidenceOf(one)).toEqual([{ ...first, statement: null }]);
      expect(await given.store.evidenceOf(other)).toEqual([{ ...second, statement: null }]);
      const both = [first, second].map((each) => ({ ...each, digest: digestFilledWith('0') }));
      await given.store.addEvidence(of(both));
      expect(await given.store.evidenceOf(other)).toMatchObject([{ digest: digestFilledWith('0') }, {}]);
    });

    it('is read whole and in the order of its coming, however much there is', async () => {
      const [row] = evidenceRows();
      if (!row) throw new Error('no evidence');
      const of = `sha256:${'35'.repeat(32)}`;
      const digests = Array.from({ length: 85 }, (_, i) => `${of}-${(i * 37) % 85}`);
      for (const digest of digests)
        await given.store.addEvidence([
          { row: { ...row, artifactDigest: of, digest }, statement: statementAbout('many') },
        ]);
      expect((await given.store.evidenceOf(of)).map(({ digest }) => digest)).toEqual(digests.toReversed());
    });

    it('has room for so many of an artifact and stage, less for what passed, and for what is signed of its own', async () => {
      const [row] = evidenceRows();
      if (!row) throw new Error('no evidence');
      const of = digestFilledWith('7');
      const add = (from: number, many: number, more: Partial<EvidenceRow> = {}) =>
        given.store.addEvidence(
          Array.from({ length: many }, (_, i) => ({
            row: {
              ...row,
              artifactDigest: of,
              digest: `${of}-${from + i}-${more.envelope ?? ''}${more.stage ?? ''}`,
              ...more,
            },
            statement: statementAbout('many'),
          })),
        );
      const full = [{ artifactDigest: of, stage: row.stage }];
      const failed = { result: 'FAILED' } as const;
      expect(await add(0, 199)).toEqual([]);
      // All of a submission or none of it.
      expect(await add(199, 2)).toEqual(full);
      expect(await given.store.evidenceOf(of)).toHaveLength(199);
      expect(await add(199, 1)).toEqual([]);
      expect(await add(200, 1)).toEqual(full);
      // What is there already needs no room, whoever sends it.
      expect(await add(0, 5, { submittedBy: 'key:alice' })).toEqual([]);
      expect(await add(200, 1, { stage: 'system' })).toEqual([]);
      expect(await add(200, 1, { envelope: '{}' })).toEqual([]);
      expect(await add(200, 50, failed)).toEqual([]);
      expect(await add(250, 1, failed)).toEqual(full);
      expect(await add(0, 1, { artifactDigest: digestFilledWith('8') })).toEqual([]);
    });

    it('has room for so many bytes, also of what was submitted for another artifact first', async () => {
      const [row] = evidenceRows();
      if (!row) throw new Error('no evidence');
      const [first, of] = [digestFilledWith('1'), digestFilledWith('2')];
      const add = (digest: string, artifactDigest: string, kib: number, result: EvidenceRow['result'] = 'PASSED') => {
        const envelope = 'x'.repeat(kib * 1024);
        const one = { ...row, digest, artifactDigest, result, envelope };
        return given.store.addEvidence([{ row: one, statement: statementAbout('large') }]);
      };
      const full = [{ artifactDigest: of, stage: row.stage }];
      for (const artifact of [first, of]) expect(await add(`${of}-large`, artifact, 12 * 1024)).toEqual([]);
      expect(await add(`${of}-more`, of, 4 * 1024)).toEqual(full);
      expect(await add(`${of}-more`, of, 4 * 1024, 'FAILED')).toEqual([]);
      expect(await add(`${of}-last`, of, 4 * 1024, 'FAILED')).toEqual(full);
    });

    it('is taken from many who send the same statements in other orders at once', async () => {
      const [row] = evidenceRows();
      if (!row) throw new Error('no evidence');
      const statement = statementAbout('same');
      for (let round = 0; round < 10; round += 1) {
        const of = `sha256:${String(round).repeat(32)}${'4'.repeat(32)}`;
        const rows = Array.from({ length: 60 }, (_, i) => ({
          row: { ...row, artifactDigest: of, digest: `${of}-${i}` },
          statement,
        }));
        const orders = [rows, rows.toReversed(), [...rows.slice(30), ...rows.slice(0, 30)]];
        await Promise.all([...orders, ...orders].map((some) => given.store.addEvidence(some)));
        expect(await given.store.evidenceOf(of)).toHaveLength(60);
      }
    });

    it('takes all statements of a submission or none', async () => {
      const [row] = evidenceRows();
      if (!row) throw new Error('no evidence');
      const good = { ...row, artifactDigest: digestFilledWith('3'), digest: digestFilledWith('b') };
      const bad = { ...good, digest: digestFilledWith('c'), submittedBy: 'key:\0' };
      const submission = [good, bad].map((one) => ({ row: one, statement: statementAbout('both') }));

      await expect(given.store.addEvidence(submission)).rejects.toMatchObject({ code: 'malformed' });
      expect(await given.store.evidenceOf(good.artifactDigest)).toEqual([]);
    });
  });

  describe('refused messages', () => {
    const refusal = (deployment: string, n: number, more: Partial<CountedRefusal> = {}): CountedRefusal => ({
      counter: `${deployment} ${n}`,
      deployment,
      message: 'approve',
      by: 'key:alice',
      code: 'self-approval',
      detail: 'Whoever requested it does not approve it.',
      times: 1,
      firstAt: `2026-11-23T09:${String(n).padStart(2, '0')}:00.000Z`,
      lastAt: `2026-11-23T10:${String(n).padStart(2, '0')}:00.000Z`,
      ...more,
    });
    const known = async (service: string) => {
      const row = deploymentRow(1, { service, lastSeq: 1 });
      await given.store.appendJournal({ deployment: row.id, entries: entries(1, 1), row });
      return row.id;
    };

    it('are summed up over the processes that counted them', async () => {
      const { store } = given;
      const id = await known('counted');
      await store.countRefusedMessages([refusal(id, 2, { times: 3, detail: 'the last' }), refusal(id, 1)]);
      await store.countRefusedMessages([refusal(id, 3, { code: 'plan-changed', by: 'key:bob' })]);
      const { counter: _, deployment: __, ...both } = refusal(id, 2, { times: 4, detail: 'the last' });
      expect(await store.refusedMessagesOf(id)).toMatchObject([
        { ...both, firstAt: refusal(id, 1).firstAt },
        { by: 'key:bob', code: 'plan-changed', times: 1 },
      ]);
    });

    it('have their limit for each person and deployment, where what is counted goes on', async () => {
      const { store } = given;
      const id = await known('crowded');
      const codeOf = (n: number) => `code-${n}` as never;
      const many = (by: string, count: number) =>
        Array.from({ length: count }, (_, n) => refusal(id, n, { by, counter: `${by} ${n}`, code: codeOf(n) }));
      await store.countRefusedMessages(many('key:alice', 30));
      expect(await store.refusedMessagesOf(id)).toHaveLength(20);
      await store.countRefusedMessages([refusal(id, 5, { counter: 'key:alice 5', code: codeOf(5), times: 700 })]);
      expect(await store.refusedMessagesOf(id)).toContainEqual(expect.objectContaining({ code: 'code-5', times: 700 }));
      for (const who of ['b', 'c', 'd', 'e', 'f', 'g']) await store.countRefusedMessages(many(`key:${who}`, 30));
      expect(await store.refusedMessagesOf(id)).toHaveLength(100);
    });

    it('leave nothing of what is no deployment', async () => {
      await given.store.countRefusedMessages([refusal('invented.production.1', 1)]);
      expect(await given.store.refusedMessagesOf('invented.production.1')).toEqual([]);
    });
  });

  describe('refused evidence', () => {
    const refusal = (artifactDigest: string, n: number): RefusedEvidence => ({
      artifactDigest,
      stage: n % 2 === 0 ? 'system' : null,
      code: 'unknown-signer',
      detail: `refusal ${n}`,
      submittedBy: 'key:ci-shop',
      at: new Date(n).toISOString(),
    });

    it('is kept with its artifact, the newest twenty of each', async () => {
      const { store } = given;
      const [one, other] = [digestFilledWith('d'), digestFilledWith('e')];
      await store.refuseEvidence([]);
      await store.refuseEvidence([refusal(other, 0)]);
      for (let n = 0; n < 24; n += 3) await store.refuseEvidence([n, n + 1, n + 2].map((each) => refusal(one, each)));

      const kept = Array.from({ length: 20 }, (_, i) => refusal(one, 23 - i));
      expect(await store.refusedEvidenceOf(one)).toEqual(kept);
      expect(await store.refusedEvidenceOf(other)).toEqual([refusal(other, 0)]);
    });
  });

  it('keeps a plan under its digest, whatever is written in it', async () => {
    const { plan: frozen } = freezePlan(planningInput());
    const plan = { ...frozen, change: { ...frozen.change, reason: `${hostile} \ud800` } };
    const digest = digestOfJson(plan);
    await given.store.savePlan(digest, plan, null);
    await given.store.savePlan(digest, frozen, null);

    const kept = await given.store.plan(digest);
    expect(kept).toEqual(plan);
    expect(digestOf(canonicalJson(kept))).toBe(digest);
    expect(await given.store.plan(digestFilledWith('0'))).toBeNull();
  });

  it('keeps output to the last byte', async () => {
    const text = `${hostile}${'\u0000\u001b[31m'.repeat(1000)}`;
    const digest = digestOf(text);
    await given.store.saveOutput(digest, text, 'shop.production.1');
    await given.store.saveOutput(digest, 'another text', 'shop.production.1');

    const kept = await given.store.output(digest);
    expect(
      `sha256:${createHash('sha256')
        .update(kept ?? '')
        .digest('hex')}`,
    ).toBe(digest);
    expect(kept).toBe(text);
    expect(await given.store.output(digestFilledWith('0'))).toBeNull();
  });

  it('keeps a rehearsal of a deployment once, and finds the newest of a procedure on a target first', async () => {
    const row = rehearsalRow();
    const newer = rehearsalRow({
      deployment: 'shop.staging.32',
      verifiedAt: '2026-11-21T08:00:00.000Z',
      envelope: signedEnvelope,
    });
    const others = [
      { ...row, deployment: 'shop.test.1', environment: 'test' },
      { ...row, deployment: 'search.staging.1', service: 'search' },
      { ...row, deployment: 'shop.staging.33', procedureDigest: digestFilledWith('d') },
    ];
    for (const one of [row, newer, ...others]) await given.store.addRehearsal(one);
    await given.store.addRehearsal({ ...row, verifiedAt: '2099-01-01T00:00:00.000Z', stepsUndone: 9 });

    expect(await given.store.rehearsalsOf(row)).toEqual([newer, row]);
    expect(await given.store.rehearsalsOf({ ...row, environment: 'production' })).toEqual([]);
  });

  describe('records', () => {
    const record = (state: StoredRecord['state'], lastSeq: number, deployment: string): StoredRecord => ({
      deployment,
      state,
      lastSeq,
      digest: digestFilledWith('7'),
      markdown: `# ${state} ${lastSeq} ${hostile.replaceAll('\0', '')}`,
      document: JSON.stringify({ z: lastSeq, a: hostile }),
    });

    it('keeps the newest draft, and a final one for good', async () => {
      const deployment = 'shop.production.1';
      const order = [record('draft', 8, deployment), record('draft', 5, deployment), record('draft', 9, deployment)];
      for (const draft of order) await given.store.saveRecord(draft);
      expect(await given.store.record(deployment)).toEqual(order[2]);

      const final = record('final', 9, deployment);
      await given.store.saveRecord(final);
      await given.store.saveRecord(record('draft', 30, deployment));
      expect(await given.store.record(deployment)).toEqual(final);

      const reviewed = { ...final, lastSeq: 12, digest: digestFilledWith('8') };
      expect(await given.store.saveRecord(reviewed)).toEqual(reviewed);
      expect(await given.store.saveRecord(final)).toEqual(reviewed);
      expect(await given.store.record(deployment)).toEqual(reviewed);
      expect(await given.store.record('shop.production.2')).toBeNull();
    });

    it('gives a name to the first of many who want it, and to each of the others its own, for good', async () => {
      const { store } = given;
      const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
      const claim = (n: number) => store.claimRecordPath(`shop.eu.${n}`, 'r-1.md', `r-1-shop.eu.${n}.md`);
      const paths = await Promise.all(numbers.flatMap((n) => [claim(n), claim(n)]));

      expect(paths.filter((path) => path === 'r-1.md')).toHaveLength(2);
      expect(new Set(paths).size).toBe(12);
      expect(await Promise.all(numbers.flatMap((n) => [claim(n), claim(n)]))).toEqual(paths);
    });

    it('treats names that differ only in case as one', async () => {
      const { store } = given;
      expect(await store.claimRecordPath('shop.a.1', 'r-V2.md', 'r-V2-shop.a.1.md')).toBe('r-V2.md');
      expect(await store.claimRecordPath('shop.b.1', 'r-v2.md', 'r-v2-shop.b.1.md')).toBe('r-v2-shop.b.1.md');
    });

    it('never hands out a name of another deployment', async () => {
      const { store } = given;
      for (const n of [1, 2]) await store.claimRecordPath(`shop.c.${n}`, `taken-${n}.md`, `other-${n}.md`);

      const third = store.claimRecordPath('shop.c.3', 'taken-1.md', 'taken-2.md');
      await expect(third).rejects.toMatchObject({ code: 'internal' });
    });
  });

  it('knows a key as it was made, and whether it was revoked, for good', async () => {
    const { store } = given;
    const [before, at, later] = ['2026-11-01', '2026-11-02', '2026-11-03'].map((day) => `${day}T00:00:00.000Z`);
    if (!before || !at || !later) throw new Error('no times');
    const limited = { ...storedKeyOf('key:alice', 'a1'), scopes: ['read', 'request'] as const, expiresAt: later };
    const session = { ...storedKeyOf('key:alice', 'a2'), kind: 'session' as const };
    const other = { ...storedKeyOf('key:bob', 'b1'), createdAt: before };
    for (const key of [limited, session, other]) await store.addKey(key);
    await expect(store.addKey(storedKeyOf('key:mallory', 'b1'))).rejects.toThrow('another key');
    expect(await store.key('a1')).toEqual(limited);
    expect(await store.key('b2')).toBeNull();
    expect(await store.keys(['key:alice'])).toEqual([limited, session]);
    expect(await store.keys(['key:bob', 'key:alice'])).toEqual([other, limited, session]);
    expect((await store.keys(null)).filter(({ id }) => /^[ab]\d$/.test(id))).toEqual([other, limited, session]);

    expect(await store.revokeKeys({ id: 'a1' }, at)).toBe(1);
    expect(await store.revokeKeys({ subjects: ['key:alice'] }, later)).toBe(1);
    expect(await store.revokeKeys({ subjects: ['key:alice'] }, later)).toBe(0);
    const ends = await Promise.all(['a1', 'a2', 'b1'].map((id) => store.key(id)));
    expect(ends.map((key) => key?.revokedAt)).toEqual([at, later, null]);
    expect(await store.revokeKeys({ subjects: ['key:alice', 'key:bob'] }, later)).toBe(1);
    expect((await store.key('b1'))?.revokedAt).toBe(later);
  });

  it('takes quotes as text and refuses what no column can hold', async () => {
    const { store } = given;
    const subject = hostile.replaceAll('\0', '');
    await store.addKey(storedKeyOf(subject, hostile.replaceAll('\0', '0')));
    expect((await store.key(hostile.replaceAll('\0', '0')))?.subject).toBe(subject);

    await expect(store.addKey(storedKeyOf(hostile, 'd1'))).rejects.toMatchObject({ code: 'malformed' });
    await expect(store.deployment('\0')).rejects.toMatchObject({ code: 'malformed' });
    await expect(store.journal('shop.a.1', 2 ** 40, 10)).rejects.toMatchObject({ code: 'malformed' });
    expect(await store.key('d1')).toBeNull();
  });

  it('knows of each process what it said last, and how long ago', async () => {
    const { store } = given;
    const [before, after] = ['7', '8'].map(digestFilledWith) as [string, string];
    await store.sayPolicy({ kind: 'worker', name: 'host/1', policyDigest: before });
    await store.sayPolicy({ kind: 'api', name: 'host/1', policyDigest: before });
    await store.sayPolicy({ kind: 'worker', name: 'host/1', policyDigest: after });

    const known = await store.processes();
    expect(known.map(({ kind, policyDigest }) => [kind, policyDigest])).toEqual([
      ['api', before],
      ['worker', after],
    ]);
    for (const { agoMs } of known) expect(agoMs).toBeGreaterThanOrEqual(0);
    expect(known[0]?.agoMs).toBeGreaterThanOrEqual(known[1]?.agoMs ?? Number.NaN);
  });
});
