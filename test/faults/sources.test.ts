import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/domain/deployment/status.ts';
import type { JournalEntry } from '../../src/domain/journal/entries.ts';
import type { TargetView } from '../../src/domain/target/view.ts';
import { artifactOf } from '../support/change.ts';
import type { EffectLine, LogLine } from './effect-log.ts';
import type { TargetState } from './fake-target.ts';
import type { Life } from './life.ts';
import type { Said } from './people.ts';
import { checkSources, type Sources } from './sources.ts';

const target = 'shop/production';
const id = 'shop.production.1';
const planDigest = 'sha256:plan';
const release = '2.0.0';

const slot = (of: string | null) => ({ running: of !== null, release: of, digest: of && artifactOf(of).digest });
const stateOf = (live: 'blue' | 'green', green: string | null, migrations: readonly string[] = []): TargetState => ({
  live,
  slots: { blue: slot('1.0.0'), green: slot(green) },
  migrations,
});
const before = stateOf('blue', null);
const initial: LogLine = {
  kind: 'initial',
  target,
  state: JSON.stringify(before),
  serves: { slot: 'blue', release: '1.0.0' },
};

function effect(step: string, state: TargetState, given: Partial<EffectLine> = {}): EffectLine {
  return {
    kind: 'effect',
    target,
    deployment: id,
    step,
    undo: false,
    fence: 1,
    key: `${id}/${step}`,
    what: `${step} by a request`,
    digest: step === 'start-idle' ? artifactOf(release).digest : null,
    begin: 1_000,
    end: 1_001,
    changed: true,
    state: JSON.stringify(state),
    serves: { slot: state.live, release: state.slots[state.live].release },
    ...given,
  };
}

/** The journal of a deployment that acted, with these entries in place of the end. */
function journalOf(outcome: string, bodies: readonly object[] = []): readonly JournalEntry[] {
  const all = [
    { type: 'plan-frozen', planDigest },
    { type: 'lock-granted', fence: 1 },
    { type: 'step-started', step: 'start-idle' },
    { type: 'step-started', step: 'switch' },
    ...bodies,
    { type: 'ended', outcome },
  ];
  return all.map((body, i) => ({ v: 1, seq: i + 1, at: new Date(2_000 + i).toISOString(), ...body }) as JournalEntry);
}

const undone = [
  { type: 'compensation-started', step: 'switch' },
  { type: 'compensation-started', step: 'start-idle' },
];

interface Told {
  readonly outcome: Status['outcome'];
  readonly life?: Partial<Life>;
  readonly lines?: readonly LogLine[];
  readonly sources?: Partial<Sources>;
  readonly view?: Partial<TargetView>;
}

const approval: Said = {
  deployment: id,
  message: 'approve',
  by: 'key:bob',
  planDigest,
  sentAt: 500,
  attempts: [{ sentAt: 500, answer: { status: 200, code: null, at: 600 } }],
  answer: { status: 200, code: null, at: 600 },
};
const steps = ['start-idle', 'switch'] as const;
const forwards = [effect('start-idle', stateOf('blue', release)), effect('switch', stateOf('green', release))];
const backwards = [
  effect('switch', stateOf('blue', release), { undo: true }),
  effect('start-idle', before, { undo: true }),
];

/** What is found of one deployment, all of it good unless told otherwise. */
function rules({ outcome, life = {}, lines = forwards, sources = {}, view = {} }: Told): readonly string[] {
  const all = [initial, ...lines];
  const served = all.at(-1)?.serves;
  const own: Life = {
    id,
    planned: { release, script: 'approved', steps, retries: false, faults: [] },
    repairOf: null,
    decision: null,
    status: { outcome } as Status,
    journal: journalOf(outcome ?? '', outcome === 'rolled-back' ? undone : []),
    begun: [],
    broken: [],
    ...life,
  };
  return checkSources({
    target,
    lines: all,
    lives: [own],
    said: [approval],
    printed: `[page] ${id} to Shop team: somebody must look`,
    view: { lock: null, live: { release: served?.release }, slot: served?.slot, ...view } as TargetView,
    records: new Map([[id, `> **${(outcome ?? '').toUpperCase()}** · FINAL`]]),
    ...sources,
  }).map(({ rule }) => rule);
}

describe('deployments that were dealt with as promised', () => {
  it('show nothing: one that succeeded, one that was rolled back, one that changed nothing', () => {
    expect(rules({ outcome: 'succeeded' })).toEqual([]);
    expect(rules({ outcome: 'rolled-back', lines: [...forwards, ...backwards] })).toEqual([]);
    expect(rules({ outcome: 'aborted', lines: [] })).toEqual([]);
  });

  it('show nothing where a person was paged and the target waits for them', () => {
    const lock = { deployment: id, fence: 1, since: '' };
    expect(rules({ outcome: 'needs-intervention', view: { lock } })).toEqual([]);
  });
});

describe('beside the log the checker finds', () => {
  it('a deployment that was acknowledged and never ended', () => {
    expect(rules({ outcome: null, life: { status: null } })).toEqual(['not-ended']);
  });

  it('a journal with a gap, without an end, or with another one than was told', () => {
    const journal = journalOf('succeeded');
    expect(rules({ outcome: 'succeeded', life: { journal: journal.toSpliced(3, 1) } })).toContain('journal-gap');
    expect(rules({ outcome: 'succeeded', life: { journal: journal.slice(0, -1) } })).toEqual(['journal-end']);
    expect(rules({ outcome: 'succeeded', life: { journal: journalOf('rolled-back') } })).toEqual(['journal-end']);
  });

  it('an effect that the journal does not name, or not under its fence', () => {
    const lines = [...forwards, effect('migrate', stateOf('green', release))];
    expect(rules({ outcome: 'succeeded', lines })).toEqual(['not-in-journal']);
    const other = [forwards[0] ?? initial, effect('switch', stateOf('green', release), { fence: 2 })];
    expect(rules({ outcome: 'succeeded', lines: other })).toEqual(['fence-unknown']);
    const life = { journal: journalOf('rolled-back') };
    expect(rules({ outcome: 'rolled-back', lines: [...forwards, ...backwards], life })).toEqual([
      'not-in-journal',
      'not-in-journal',
    ]);
  });

  it('a compensation that was left out although its effect was there', () => {
    const skipped = (endedAt: number) => {
      const entry = {
        type: 'compensation-completed',
        step: 'switch',
        result: 'skipped',
        summary: '',
        endedAt: new Date(endedAt).toISOString(),
      };
      return { journal: journalOf('needs-intervention', [...undone, entry]) };
    };
    const lock = { deployment: id, fence: 1, since: '' };
    const left = (life: Partial<Life>, lines = forwards) =>
      rules({ outcome: 'needs-intervention', lines, life, view: { lock } });
    expect(left(skipped(2_000))).toEqual(['skipped-wrongly']);
    expect(left(skipped(900))).toEqual([]);
    expect(left(skipped(2_000), [...forwards, ...backwards])).toEqual([]);
  });

  it('an effect before its approval, or under another plan’s', () => {
    const saying = (given: Partial<Said>) =>
      rules({ outcome: 'succeeded', sources: { said: [{ ...approval, ...given }] } });
    const taken = { status: 200, code: null, at: 600 };
    const refused = { status: 403, code: 'self-approval', at: 600 };
    const ended = { status: 409, code: 'ended', at: 2_000 };
    expect(saying({ attempts: [{ sentAt: 1_500, answer: taken }] })).toEqual(['not-approved']);
    expect(saying({ planDigest: 'sha256:other' })).toEqual(['not-approved']);
    expect(saying({ attempts: [{ sentAt: 500, answer: refused }] })).toEqual(['not-approved']);
    expect(saying({ attempts: [] })).toEqual(['not-approved']);
    // An attempt whose answer was lost may have been taken; what its repetition hears says nothing of it.
    expect(saying({ attempts: [{ sentAt: 500, answer: 'unknown' }] })).toEqual([]);
    const repeated = { sentAt: 1_900, answer: ended };
    expect(saying({ attempts: [{ sentAt: 500, answer: 'unknown' }, repeated], answer: ended })).toEqual([]);
    expect(saying({ attempts: [{ sentAt: 1_500, answer: 'unknown' }, repeated] })).toEqual(['not-approved']);
  });

  it('another artifact than the approved one', () => {
    const lines = [effect('start-idle', stateOf('blue', release), { digest: 'sha256:other' }), ...forwards.slice(1)];
    expect(rules({ outcome: 'succeeded', lines })).toEqual(['digest-not-approved']);
  });

  it('an outcome that is not what the target serves', () => {
    expect(rules({ outcome: 'succeeded', lines: forwards.slice(0, 1) })).toEqual(['outcome']);
    expect(rules({ outcome: 'succeeded', lines: [] })).toEqual(['outcome']);
    expect(rules({ outcome: 'rolled-back', lines: [...forwards, ...backwards.slice(0, 1)] })).toEqual(['outcome']);
    expect(rules({ outcome: 'rolled-back', lines: forwards })).toContain('outcome');
    expect(rules({ outcome: 'aborted' })).toContain('outcome');
    const migrated = [...forwards, effect('switch', stateOf('green', release, [release]))];
    expect(rules({ outcome: 'succeeded', lines: migrated })).toEqual(['outcome']);
  });

  it('a repair that left something behind', () => {
    const life: Partial<Life> = { id: 'shop.production.2', repairOf: id, decision: 'compensate' };
    const records = new Map([['shop.production.2', 'FINAL SUCCEEDED']]);
    expect(rules({ outcome: 'succeeded', life, sources: { records } })).toEqual(['outcome']);
    expect(rules({ outcome: 'succeeded', life, lines: [...forwards, ...backwards], sources: { records } })).toEqual([]);
  });

  it('a need for a person that nobody was paged for', () => {
    const printed = `[ended] ${id} to Shop team: it needs a person`;
    const lock = { deployment: id, fence: 1, since: '' };
    expect(rules({ outcome: 'needs-intervention', view: { lock }, sources: { printed } })).toEqual(['not-paged']);
  });

  it('an abort that was acknowledged and had no effect', () => {
    const confirmed = { journal: journalOf('succeeded', [{ type: 'confirmed' }]) };
    const abortAt = (at: number): Said => ({ ...approval, message: 'abort', answer: { status: 202, code: null, at } });
    const aborted = (at: number) =>
      rules({ outcome: 'succeeded', life: confirmed, sources: { said: [approval, abortAt(at)] } });
    expect(aborted(1_900)).toEqual(['abort-lost']);
    expect(aborted(9_000)).toEqual([]);
  });

  it('a record that is not there, or says something else', () => {
    expect(rules({ outcome: 'succeeded', sources: { records: new Map() } })).toEqual(['no-record']);
    const records = new Map([[id, '> **ABORTED** · FINAL']]);
    expect(rules({ outcome: 'succeeded', sources: { records } })).toEqual(['record']);
  });

  it('a lock that nobody needs any more, and a live release that is not served', () => {
    const lock = { deployment: id, fence: 1, since: '' };
    expect(rules({ outcome: 'succeeded', view: { lock } })).toEqual(['lock-kept']);
    expect(rules({ outcome: 'succeeded', view: { slot: 'blue' } })).toEqual(['live']);
  });

  it('what a reader saw, as it was told', () => {
    const broken = [{ rule: 'view-back', what: 'a reader saw 3 after 5' }];
    expect(rules({ outcome: 'succeeded', life: { broken } })).toEqual(['view-back']);
  });
});
