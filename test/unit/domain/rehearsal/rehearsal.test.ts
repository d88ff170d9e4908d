import { describe, expect, it } from 'vitest';
import { digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import type { EntryType, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { evaluateRehearsal } from '../../../../src/domain/rehearsal/counts-as-proof.ts';
import { rehearsalIn } from '../../../../src/domain/rehearsal/proven-by-rollback.ts';
import {
  attestedRehearsal,
  type RehearsalRow,
  rehearsalStatement,
} from '../../../../src/domain/rehearsal/statement.ts';
import type { PublicKey } from '../../../../src/domain/trust/public-key.ts';
import { attestationKeyOf } from '../../../../src/main/keys/attestation-key.ts';
import { goodJournal, type JournalFixture, rehearsedJournal, rolledBackJournal } from '../../../support/journal.ts';
import { rehearsalRow } from '../../store/rows.ts';
import { digestFilledWith, planningInput, procedureOfTwo, rehearsalDocuments } from '../planning-input.ts';

type Loose = Readonly<Record<string, unknown>>;
type Fault = (given: JournalFixture) => JournalFixture;

const proven = ({ plan, planDigest, journal }: JournalFixture) => rehearsalIn(plan, planDigest, journal);
const isOf = (entry: JournalEntry, type: EntryType, where: Loose) =>
  entry.type === type && Object.entries(where).every(([key, value]) => (entry as unknown as Loose)[key] === value);
const renumbered = (journal: readonly JournalEntry[]) => journal.map((entry, i) => ({ ...entry, seq: i + 1 }));

const without =
  (type: EntryType, where: Loose = {}): Fault =>
  (given) => ({ ...given, journal: renumbered(given.journal.filter((entry) => !isOf(entry, type, where))) });
const having =
  (type: EntryType, where: Loose, change: Loose): Fault =>
  (given) => ({
    ...given,
    journal: given.journal.map((entry) => (isOf(entry, type, where) ? { ...entry, ...change } : entry)),
  });
const planned =
  (change: (plan: Plan) => Partial<Plan>): Fault =>
  (given) =>
    replanned(given, { ...given.plan, ...change(given.plan) });
const unnamed: Fault = (given) => {
  const { env: _, ...other } = given.plan;
  return replanned(given, other);
};

const replanned = ({ planDigest, journal }: JournalFixture, other: Plan): JournalFixture => {
  const text = JSON.stringify(journal).replaceAll(planDigest, digestOfJson(other));
  return { plan: other, planDigest: digestOfJson(other), journal: JSON.parse(text) as readonly JournalEntry[] };
};

describe('what a deployment proves of its rollback', () => {
  it('is a rehearsal where every step had passed before all was undone on purpose and verified', () => {
    const given = rehearsedJournal();
    expect(proven(given)).toEqual({
      deployment: 'shop.staging.7',
      service: 'shop',
      environment: 'staging',
      procedureDigest: given.plan.procedure.digest,
      planDigest: given.planDigest,
      kind: 'rehearsal',
      stepsUndone: 2,
      verifiedAt: given.journal.find(({ type }) => type === 'rollback-completed')?.at,
    });
  });

  it('counts just as well where a deployment had to be rolled back once every step that acts had been started', () => {
    expect(proven(rolledBackJournal({ procedure: procedureOfTwo() }))).toMatchObject({
      deployment: 'shop.production.7',
      kind: 'rolled-back',
      stepsUndone: 2,
    });
    // A rehearsal that a breach cut short before its end is no rollback on purpose, but one that worked.
    const cause = { kind: 'breach', check: 'front-door', summary: '4 failures > limit 3' };
    expect(proven(having('rollback-started', {}, { cause })(rehearsedJournal()))).toMatchObject({
      kind: 'rolled-back',
    });
  });

  it('ignores what came after the end', () => {
    const given = rehearsedJournal();
    const late = { ...given.journal.at(-1), seq: given.journal.length + 1 } as JournalEntry;
    expect(proven({ ...given, journal: [...given.journal, late] })).toEqual(proven(given));
    expect(proven({ ...given, journal: given.journal.slice(0, -1) })).toBeNull();
  });

  const breached: Fault = () => rolledBackJournal({ procedure: procedureOfTwo() });
  it.each<readonly [string, Fault]>([
    ['of a deployment that succeeded', () => goodJournal()],
    ['where the rollback could not be verified', having('rollback-completed', {}, { result: 'failed' })],
    ['where the rollback has no end', without('rollback-completed')],
    ['where it ended otherwise', having('ended', {}, { outcome: 'needs-intervention' })],
    ['where a compensation failed', having('compensation-completed', { step: 'switch' }, { result: 'failed' })],
    ['where a step was not undone', without('compensation-completed', { step: 'start-idle' })],
    ['where it was undone before it all began', (given) => swapped(given, 'rollback-started')],
    ['where nothing was left to undo', having('compensation-completed', { result: 'done' }, { result: 'skipped' })],
    ['where a step had not passed', having('step-completed', { step: 'go' }, { result: 'failed' })],
    ['where a step was left out', without('step-completed', { step: 'watch' })],
    ['where a deployment rolls back on purpose', planned(() => ({ mode: 'deployment' }))],
    ['where an action was not reached', (given) => without('step-started', { step: 'switch' })(breached(given))],
    ['of a repair', planned(() => ({ repair: { of: 'shop.staging.6' } as NonNullable<Plan['repair']> }))],
    ['of a procedure that does not say what is the environment’s own', unnamed],
    ['of another plan', (given) => ({ ...given, planDigest: digestFilledWith('0') })],
    ['of another target', having('requested', {}, { environment: 'production' })],
    ['out of a journal with gaps', (given) => ({ ...given, journal: given.journal.filter(({ seq }) => seq !== 9) })],
    ['out of no journal', (given) => ({ ...given, journal: [] })],
  ])('is nothing %s', (_, fault) => {
    expect(proven(fault(rehearsedJournal()))).toBeNull();
  });

  /** The journal with one entry moved behind the compensations. */
  function swapped(given: JournalFixture, type: EntryType): JournalFixture {
    const moved = given.journal.filter((entry) => entry.type === type);
    const rest = given.journal.filter((entry) => entry.type !== type);
    const at = rest.findIndex((entry) => entry.type === 'rollback-completed');
    return { ...given, journal: renumbered([...rest.slice(0, at), ...moved, ...rest.slice(at)]) };
  }

  it('accepts a procedure that declares nothing to undo', () => {
    const nothing = planned(({ steps }) => ({
      steps: steps.map((step) =>
        step.kind === 'action' ? { ...step, undo: { kind: 'none', reason: 'it only reads' } as const } : step,
      ),
    }));
    const given = having('compensation-completed', {}, { result: 'nothing' })(nothing(rehearsedJournal()));
    expect(proven(given)).toMatchObject({ kind: 'rehearsal', stepsUndone: 0 });
  });

  it('is stated about the procedure, by its digest', () => {
    const rehearsal = proven(rehearsedJournal());
    if (!rehearsal) throw new Error('nothing is proven');
    const statement = rehearsalStatement(rehearsal);
    expect(statement.subject).toEqual([{ name: 'procedure', digest: { sha256: 'c'.repeat(64) } }]);
    expect(statement.predicate).toMatchObject({ deployment: 'shop.staging.7', kind: 'rehearsal', stepsUndone: 2 });
  });
});

describe('the gate', () => {
  const { policy, procedure } = rehearsalDocuments();
  const { plan } = freezePlan(planningInput({ policy, procedure }));
  const row = rehearsalRow();
  const verified = Date.parse(row.verifiedAt);
  const day = 86_400_000;
  const evaluated = (rows: readonly Partial<RehearsalRow>[], now = verified + day, known: readonly PublicKey[] = []) =>
    evaluateRehearsal(
      plan,
      rows.map((other) => rehearsalRow(other)),
      now,
      known,
    );

  it('passes by a rehearsal of the same procedure, and names it, its age and its signature', () => {
    expect(evaluated([{}])).toEqual({
      verdict: 'passed',
      required: 'this procedure rolled back and verified in staging, ≤ 30 d',
      found: 'shop.staging.31 (rehearsal), 2 undone, verified 2026-11-20T14:22:08.911Z, unsigned',
      fault: null,
      digest: row.digest,
      proof: {
        kind: 'rehearsal',
        deployment: 'shop.staging.31',
        environment: 'staging',
        verifiedAt: '2026-11-20T14:22:08.911Z',
      },
    });
    expect(evaluated([{ kind: 'rolled-back' }]).found).toMatch(
      /^shop\.staging\.31 \(deployment that was rolled back\), /,
    );
  });

  it('says whether what was signed could be verified, and fails where it is not what a known key has signed', () => {
    const [own, other] = [1, 2].map((byte) => attestationKeyOf(new Uint8Array(32).fill(byte)));
    if (!own || !other) throw new Error('no keys');
    const signed = attestedRehearsal(row, own);
    const now = verified + day;
    expect(signed.digest).toBe(digestOfJson(rehearsalStatement(row)));
    expect(evaluated([signed], now, [own])).toMatchObject({
      verdict: 'passed',
      found: expect.stringMatching(new RegExp(`, signed by key ${own.keyId}$`)),
    });
    expect(evaluated([signed], now, [other])).toMatchObject({
      verdict: 'passed',
      found: expect.stringMatching(new RegExp(`, signed by key ${own.keyId}, which could not be verified here$`)),
    });
    const forged = [
      { ...signed, deployment: 'shop.staging.32' },
      { ...signed, verifiedAt: new Date(verified + 1).toISOString() },
      { ...signed, envelope: signed.envelope && { ...signed.envelope, payload: 'e30=' } },
    ];
    for (const one of forged)
      expect(evaluated([one], now, [own])).toMatchObject({ verdict: 'failed', fault: 'signature-invalid' });
    expect(evaluated([...forged, row], now, [own])).toMatchObject({
      verdict: 'passed',
      found: expect.stringContaining('unsigned'),
    });
  });

  it.each<readonly [string, readonly Partial<RehearsalRow>[], string]>([
    ['there is none', [], 'missing'],
    ['it is of another procedure', [{ procedureDigest: digestFilledWith('d') }], 'missing'],
    ['it was in another environment', [{ environment: 'production' }], 'missing'],
    ['it is of another service', [{ service: 'search' }], 'missing'],
    ['it was too long ago', [{ verifiedAt: new Date(verified - 29 * day - 1).toISOString() }], 'too-old'],
    ['its time is no time', [{ verifiedAt: 'soon' }], 'too-old'],
    ['it is ahead of now', [{ verifiedAt: new Date(verified + day + 60_001).toISOString() }], 'from-the-future'],
  ])('fails where %s', (_, rows, fault) => {
    const found = evaluated(rows);
    expect(found).toMatchObject({ verdict: 'failed', fault });
    expect(found.found).toMatch(
      { missing: /rehearse it there$/, 'too-old': /: too long ago$/, 'from-the-future': /: ahead of now$/ }[
        fault
      ] as RegExp,
    );
  });

  it('is exact to the millisecond of its age', () => {
    expect(evaluated([{}], verified + 30 * day).verdict).toBe('passed');
    expect(evaluated([{}], verified + 30 * day + 1).fault).toBe('too-old');
    expect(evaluated([{}], verified - 60_000).verdict).toBe('passed');
  });

  it('counts the newest that is good, whatever else there is', () => {
    const ahead = { deployment: 'shop.staging.99', verifiedAt: new Date(verified + 9 * day).toISOString() };
    const older = { deployment: 'shop.staging.30', verifiedAt: new Date(verified - day).toISOString() };
    expect(evaluated([older, ahead, {}])).toMatchObject({ verdict: 'passed', found: expect.stringContaining('.31 ') });
  });

  it('does not take a procedure that does not say what is whose: what was moved in staging may have been this one’s', () => {
    const { env: _, ...unnamed } = plan;
    expect(evaluateRehearsal(unnamed, [row], verified + day, [])).toMatchObject({
      verdict: 'failed',
      fault: 'missing',
      found: expect.stringContaining('shop-blue-green names no environments'),
    });
  });

  it('is not required where policy does not ask for it', () => {
    const none = { ...plan, policy: { ...plan.policy, rehearsal: null } };
    expect(evaluateRehearsal(none, [row], verified, [])).toMatchObject({
      verdict: 'not-required',
      found: 'not asked for',
    });
  });
});

it('a step that was started and did nothing has rehearsed nothing', () => {
  const { plan, journal } = rehearsedJournal();
  const planDigest = digestOfJson(plan);
  expect(rehearsalIn(plan, planDigest, journal)?.kind).toBe('rehearsal');
  const last = journal.findLast(({ type }) => type === 'action-completed')?.seq;
  const cut = journal.map((entry) =>
    entry.type === 'action-completed' && entry.seq === last
      ? { ...entry, outcome: { ...entry.outcome, kind: 'failed' as const } }
      : entry,
  );
  expect(rehearsalIn(plan, planDigest, cut)).toBeNull();
});
