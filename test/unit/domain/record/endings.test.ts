import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../../src/domain/base/phases.ts';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { StopCause } from '../../../../src/domain/journal/values.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { repairPlan } from '../../../../src/domain/target/repair-plan.ts';
import { bob, dan, goodJournal, type JournalFixture, rolledBackJournal } from '../../../support/journal.ts';

const recordOf = ({ plan, planDigest, journal }: JournalFixture) =>
  buildRecord(plan, planDigest, journal, { state: 'final' });
const markdownOf = (given: JournalFixture) => renderRecord(recordOf(given));

/** The journal up to the first approval, ended before anything was changed. */
function endedEarly(outcome: Outcome, cause: StopCause, ...before: readonly EntryBody[]): JournalFixture {
  const given = goodJournal();
  const kept = given.journal.slice(
    0,
    given.journal.findIndex(({ type }) => type === 'approval-granted'),
  );
  const entries = [...before, { type: 'ended', outcome, cause } as const].map((body, i): JournalEntry => {
    return { v: 1, seq: kept.length + 1 + i, at: '2026-11-23T09:12:00.000Z', ...body };
  });
  return { ...given, journal: [...kept, ...entries] };
}

const endedBecause = (cause: StopCause): JournalFixture => {
  const given = rolledBackJournal();
  return { ...given, journal: given.journal.map((entry) => (entry.type === 'ended' ? { ...entry, cause } : entry)) };
};

describe('the close code', () => {
  it('shows whether a person or Gantry brought the end about', () => {
    const closeCode = (given: JournalFixture) => recordOf(given).changeManagement.closeCode;
    const rejection = { type: 'rejected', by: bob, gate: 'start', reason: 'not on a Monday' } as const;
    const rejected = { kind: 'rejected', summary: 'rejected by Bob May: not on a Monday' } as const;
    expect(closeCode(goodJournal())).toBe('succeeded');
    expect(closeCode(rolledBackJournal())).toBe('rolled-back, automatic');
    expect(closeCode(endedBecause({ kind: 'abort', by: dan, reason: null }))).toBe(
      'rolled-back, by a person (Dan Ode)',
    );
    expect(closeCode(endedBecause({ kind: 'cancelled' }))).toBe('rolled-back, by a cancellation in Temporal');
    expect(closeCode(endedEarly('rejected', rejected, rejection))).toBe('rejected, by a person (Bob May)');
    expect(closeCode(endedEarly('rejected', rejected))).toBe('rejected, automatic');
  });

  it('is a person’s where a person reported a manual step as failed', () => {
    const given = endedBecause({ kind: 'step-failed', step: 'watch', summary: 'reported as failed' });
    const end = given.journal.length - 1;
    const report = { type: 'step-completed', step: 'watch', result: 'failed', summary: 'failed', by: dan } as const;
    const journal = given.journal.toSpliced(end, 0, { v: 1, seq: end, at: '2026-11-23T09:15:17.000Z', ...report });
    expect(recordOf({ ...given, journal }).changeManagement.closeCode).toBe('rolled-back, by a person (Dan Ode)');
  });
});

it('asks for no cause where a person wanted the end', () => {
  const aborted = markdownOf(endedBecause({ kind: 'abort', by: dan, reason: 'the wrong logo' }));
  expect(aborted).toContain(
    'Next: settle with Dan Ode what speaks against this change (SHOP-311); then it can be requested again.',
  );
  expect(aborted).not.toMatch(/find the cause|follow-up ticket/);
  expect(markdownOf(endedBecause({ kind: 'cancelled' }))).toContain(
    'Next: settle with whoever cancelled it in Temporal',
  );
  expect(markdownOf(rolledBackJournal())).toContain('Next: find the cause (SHOP-311) and request again.');
});

it('asks for the cause and a ticket only where something went wrong', () => {
  expect(markdownOf(rolledBackJournal())).toContain(
    'Close code: rolled-back, automatic. Cause and follow-up ticket: not given yet.',
  );
  expect(markdownOf(goodJournal())).toMatch(/^Close code: succeeded\.$/m);
});

it('lists what this version does not cover, and claims nothing of it', () => {
  const markdown = markdownOf(goodJournal());
  expect(markdown).toContain('Configuration: not covered. ');
  expect(markdown).toContain('Documentation: not covered. ');
  expect(markdown).toContain('a comparison of configuration, changes to documentation.');
  expect(markdown).toContain('Review due: none.');
});

it.each<[string, Partial<Plan>, string]>([
  ['configuration', { configuration: { sources: [], changes: [] } }, 'a comparison of configuration'],
  ['documents', { documents: [] }, 'changes to documentation'],
  [
    'isolated commands',
    { policy: { ...goodJournal().plan.policy, commands: 'isolated' } },
    'a user of their own for commands',
  ],
])('lists %s as not required only where the plan has none', (_, more, words) => {
  const { plan, planDigest, journal } = goodJournal();
  const left = (one: Plan) => buildRecord(one, planDigest, journal, { state: 'final' }).certification.notRequired;
  expect(left(plan)).toContain(words);
  expect(left({ ...plan, ...more })).not.toContain(words);
});

describe('the record of a rollback', () => {
  it('names the check that read back what serves, and how long users saw the other release', () => {
    const markdown = markdownOf(rolledBackJournal());
    expect(markdown).toMatch(/Live before and after \| 1\.4\.1 .* Now: 1\.4\.1, read back \S+ by previous \|/);
    expect(markdown).toContain(
      'verdict → first compensation 19 ms; verdict → last bad answer 48 ms; first bad answer → last bad answer 200 ms; first bad answer → previous release read back 1.504 s.',
    );
    expect(markdown).toContain('| 2 nothing to undo | 2 warm-up | – | – | – | plan: warming changes nothing |');
  });

  it('shows where a rollback check read the digest back', () => {
    const given = rolledBackJournal();
    const { verify } = given.plan.rollback;
    const spec = { http: 'http://127.0.0.1:4000/', json: { '/digest': '${live.artifact.digest}' } };
    const plan = {
      ...given.plan,
      rollback: { ...given.plan.rollback, verify: verify.map((check) => ({ ...check, spec })) },
    };
    expect(markdownOf({ ...given, plan })).toMatch(/Now: 1\.4\.1, read back \S+ by previous, same digest \|/);
  });

  it('shows the first and the last bad answer of all front doors', () => {
    const given = rolledBackJournal();
    const plan = { ...given.plan, health: given.plan.health.flatMap((check) => [check, { ...check, id: 'second' }]) };
    const journal = given.journal.flatMap((entry): readonly JournalEntry[] => {
      if (entry.type !== 'health-observed') return [entry];
      const second = entry.summaries.map((summary) => ({ ...summary, check: 'second' }));
      const late = '2026-11-23T09:15:16.736Z';
      return [entry, { ...entry, summaries: second.map((summary) => ({ ...summary, lastBadAt: late })) }];
    });
    const { timing } = recordOf({ ...given, plan, journal }).execution.rollback;
    expect(timing).toContainEqual({ what: 'verdict → last bad answer', ms: 1000 });
    expect(timing).toContainEqual({ what: 'first bad answer → last bad answer', ms: 1152 });
  });

  it.each([
    [{ '1.4.2': 5 }, 'all answered by 1.4.2'],
    [{ nobody: 5 }, 'all answered by nobody'],
    [
      { '1.4.2': 2, constructor: 1, unnamed: 1 },
      '2 answered by 1.4.2, 1 answered by constructor, 1 answered by something that named no release, 1 without a word of who answered',
    ],
    [{}, 'all without a word of who answered'],
  ])('says who answered badly: %j', (badAnswersBy, said) => {
    const given = rolledBackJournal();
    const journal = given.journal.map((entry) =>
      entry.type === 'health-observed'
        ? { ...entry, summaries: entry.summaries.map((summary) => ({ ...summary, badAnswersBy })) }
        : entry,
    );
    expect(markdownOf({ ...given, journal })).toContain(`5 failed, ${said} (2026-`);
  });
});

describe('the record of a deployment that changed nothing', () => {
  const markdown = markdownOf(endedEarly('aborted', { kind: 'abort', by: dan, reason: null }));

  it('claims no measurement and no comparison that was not made', () => {
    expect(markdown).toContain('| In one line | Aborted by Dan Ode; serves now: as before, nothing was changed |');
    expect(markdown).toContain('Health: not watched, no step was started.');
    expect(markdown).toContain('Availability: not measured, no step was started.');
    expect(markdown).toContain('No deviations; no step was started.');
    expect(markdown).toContain('No rollback. Back-out plan, not needed: ');
  });

  it('names what was not reached once', () => {
    const section = markdown.split('## Final Workflow Completion\n')[1];
    expect(section).toContain(
      'Not satisfied: outcome aborted; nobody approved; gate approval not evaluated; gate rollback-checks not evaluated; gate health-at-start not evaluated; approval of start incomplete; step start-idle not reached; step warm-up not reached; step switch not reached; step watch not reached; step go not reached; health check front-door not passed; production validation not run; documentation not reached; monitoring period not completed; handoff not given.',
    );
  });
});

it('leaves open in a draft what the journal does not hold yet', () => {
  const given = goodJournal();
  const journal = given.journal.slice(
    0,
    given.journal.findIndex(({ type }) => type === 'record-published'),
  );
  const markdown = renderRecord(buildRecord(given.plan, given.planDigest, journal, { state: 'draft' }));
  expect(markdown).toContain('Health front-door: watched, its counts follow.');
  expect(markdown).toContain('Availability: being measured, its counts follow.');
  expect(markdown).toContain('No rollback so far. Back-out plan: ');
  expect(markdown).not.toContain('Close code');
});

describe('where a person must intervene', () => {
  const given = rolledBackJournal();
  /** The way back of the traffic failed, and nothing came after it. */
  const journal = given.journal
    .filter((entry) => entry.type !== 'check-completed' || entry.for !== 'rollback')
    .filter((entry) => !('step' in entry && entry.type.startsWith('compensation') && entry.step !== 'switch'))
    .map((entry, i): JournalEntry => {
      const seq = i + 1;
      if (entry.type === 'compensation-completed') return { ...entry, seq, result: 'failed', summary: '500' };
      if (entry.type === 'rollback-completed')
        return { ...entry, seq, result: 'failed', notRun: ['warm-up', 'start-idle'] };
      return entry.type === 'ended' ? { ...entry, seq, outcome: 'needs-intervention' } : { ...entry, seq };
    });

  it('lists each step under what is known or under what is not', () => {
    const markdown = markdownOf({ ...given, journal });
    expect(markdown).toContain('| Known | live before: 1.4.1 (sha256:77b0…0c9) |');
    expect(markdown).toContain('and is not undone |');
    expect(markdown).not.toMatch(/Known \| step switch|how far step watch/);
    expect(markdown).toContain('| **Not run** | undo of warm-up: nothing to undo: warming changes nothing |');
  });

  it('never calls the back-out plan needless where a change was left half done', () => {
    const half = given.journal.slice(
      0,
      given.journal.findIndex(({ type }) => type === 'health-breached'),
    );
    const end = { type: 'ended', outcome: 'needs-intervention', cause: null } as const;
    const outside = {
      type: 'deviation',
      code: 'ended-from-outside',
      severity: 'major',
      what: 'x',
      decidedBy: 'unknown',
      authority: 'none',
    } as const;
    const lost = [...half, outside, end].map((body, i): JournalEntry => {
      return { v: 1, seq: i + 1, at: '2026-11-23T09:15:20.000Z', ...body };
    });
    const markdown = markdownOf({ ...given, journal: lost });
    expect(markdown).not.toContain('not needed');
    expect(markdown).toContain('Close code: needs-intervention, ended from outside.');
  });

  it('is followed by a repair, whose record covers the repair only', () => {
    const { plan, planDigest } = repairPlan(given.plan, journal, {
      deployment: 'shop.production.7',
      decision: 'compensate',
      reason: 'the route answers again',
      requester: { subject: 'key:carol', name: 'Carol Lind' },
      live: null,
      target: {
        service: 'shop',
        environment: 'production',
        lastNumber: 7,
        fence: 7,
        live: null,
        slot: null,
        lock: null,
        reviews: [],
      },
    });
    if (!plan.repair) throw new Error('it is a repair');
    const [requested] = journal;
    const bindings = { ...plan.repair.bindings, fence: 8 };
    const bodies: readonly EntryBody[] = [
      { type: 'lock-granted', fence: 8, bindings },
      {
        type: 'compensation-started',
        step: 'switch',
        attempt: 1,
        resolved: { http: 'http://127.0.0.1:4000/route', method: 'PUT', body: { slot: 'green' } },
      },
      { type: 'rollback-completed', result: 'verified', summary: '1 of 1 rollback checks passed', notRun: [] },
      { type: 'ended', outcome: 'succeeded', cause: null },
    ];
    const entries = bodies.map(
      (body, i): JournalEntry => ({ v: 1, seq: i + 2, at: '2026-11-23T10:00:00.000Z', ...body }),
    );
    const repair = { plan, planDigest, journal: [{ ...(requested as JournalEntry), seq: 1 }, ...entries] };
    expect(recordOf(repair).execution.rollback.rows[0]?.resolved?.asPlanned).toBe(true);
    expect(recordOf(repair).completion.unsatisfied).toStrictEqual(['a repair of shop.production.7 is not a release']);
    const markdown = markdownOf(repair);
    expect(markdown).toContain('No gate is required: this undoes what an earlier deployment left.');
    expect(markdown).toContain('No monitoring period: none planned.\nNo handoff: none planned.');
    expect(markdown).toContain('| Live before and after |');
  });
});
