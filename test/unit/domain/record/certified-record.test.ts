import { expect, it } from 'vitest';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { completion, completionStatement } from '../../../../src/domain/record/certifying-statement.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import {
  all,
  beforeEnd,
  type Change,
  changed,
  fits,
  planned,
  renumber,
  without,
} from '../../../support/changed-journal.ts';
import { bob, dan, goodJournal, rolledBackJournal } from '../../../support/journal.ts';
import { digestFilledWith } from '../planning-input.ts';

/** Times in which nobody watched the front door. */
const unwatched =
  (...times: readonly (readonly [string, string])[]): Change =>
  (given) => ({
    ...given,
    journal: given.journal.map((entry) => {
      if (entry.type !== 'health-observed') return entry;
      const gaps = times.map(([from, to]) => ({ from, to }));
      return { ...entry, summaries: entry.summaries.map((summary) => ({ ...summary, unwatched: gaps })) };
    }),
  });

const windows = {
  timeZone: 'Europe/Berlin',
  allow: [{ rrule: 'FREQ=DAILY', start: '09:00', end: '16:00' }],
  freezes: [],
  runwayMs: 0,
  runwayFrom: 'policy',
} as const;
const withWindows = planned(({ policy }) => ({ policy: { ...policy, windows } }));
const windowEvaluated = (verdict: 'passed' | 'failed' | 'not-required') =>
  beforeEnd({ type: 'gate-evaluated', gate: 'window', moment: 'grant', required: 'a window', found: 'it', verdict });

const other = digestFilledWith('0');
const handoff = { for: 'handoff' };
const faults: readonly (readonly [string, Change, readonly string[]])[] = [
  ['the outcome is another', changed('ended', {}, { outcome: 'aborted' }), ['outcome aborted']],
  ['there is no outcome', without('ended'), ['outcome not reached']],
  ['a window is asked for and was never evaluated', withWindows, ['gate window not evaluated']],
  ['the window was closed', all(withWindows, windowEvaluated('failed')), ['gate window failed']],
  [
    'a window is asked for and was waived',
    all(withWindows, windowEvaluated('not-required')),
    ['gate window not-required'],
  ],
  [
    'a rollback was started',
    beforeEnd({ type: 'rollback-started', cause: { kind: 'cancelled' } }),
    ['a rollback was started'],
  ],
  [
    'an entry is missing',
    ({ journal, ...rest }) => ({
      ...rest,
      journal: journal.filter((e) => !fits(e, 'notified', { event: 'approval-wanted' })),
    }),
    ['the journal has gaps'],
  ],
  [
    'it is a repair',
    planned(({ policy }) => ({
      policy,
      repair: {
        of: 'shop.production.6',
        decision: 'accept',
        reason: 'looked at',
        outstanding: [],
        live: null,
        slot: null,
        bindings: { deployment: 'shop.production.6', fence: 6, live: null, slot: null },
        unsure: [],
        badBefore: [],
      },
    })),
    ['a repair of shop.production.6 is not a release'],
  ],
  [
    'another plan was frozen',
    changed('plan-frozen', {}, { planDigest: other }),
    ['the plan that ran is not the one that was frozen'],
  ],
  [
    'an approval was given for another plan',
    changed('approval-granted', { gate: 'start', by: bob }, { planDigest: other }),
    ['the plan that ran is not the one that was approved'],
  ],
  [
    'another artifact was requested',
    changed('requested', {}, { artifactDigest: other }),
    ['the plan that ran is not the one that was requested'],
  ],
  [
    'a stage was not evaluated',
    without('gate-evaluated', { gate: 'stage-system' }),
    ['gate stage-system not evaluated'],
  ],
  [
    'a stage no longer passed at the grant',
    changed('gate-evaluated', { gate: 'stage-learning', moment: 'grant' }, { verdict: 'failed' }),
    ['gate stage-learning failed'],
  ],
  [
    'a required gate is called not required',
    changed('gate-evaluated', { gate: 'readiness' }, { verdict: 'not-required' }),
    ['gate readiness not-required'],
  ],
  ['an approval is missing', without('approval-granted', { role: 'change-manager' }), ['approval of start incomplete']],
  ['a gate step was not approved', without('approval-granted', { gate: 'go' }), ['approval of go incomplete']],
  [
    'an author approved',
    planned(({ change }) => ({ change: { ...change, authors: ['github:bob'] } })),
    ['start', 'go'].map((gate) => `approval of ${gate} by key:bob, who asked for or wrote the change`),
  ],
  [
    'somebody without the role approved',
    changed('approval-granted', { gate: 'go' }, { by: dan }),
    ['approval of go by key:dan, who is no service-owner'],
  ],
  [
    'an approval is not verified where policy refuses unsigned messages',
    all(
      planned(({ policy }) => ({ policy: { ...policy, messages: { unsigned: 'refuse', key: null } } })),
      changed('approval-granted', { gate: 'go' }, { by: { ...bob, identity: 'asserted' } }),
    ),
    ['approval by key:bob not verified'],
  ],
  ['a step did not complete', without('step-completed', { step: 'warm-up' }), ['step warm-up not completed']],
  ['a step failed', changed('step-completed', { step: 'watch' }, { result: 'failed' }), ['step watch failed']],
  [
    'a step ran something else than was approved',
    changed('step-started', { step: 'start-idle' }, { resolved: { command: ['./shopctl', 'start', 'green'] } }),
    ['step start-idle not carried out as planned'],
  ],
  [
    'a verify check is inconclusive',
    changed('check-completed', { check: 'route' }, { verdict: 'inconclusive' }),
    ['verify check route of step switch not passed'],
  ],
  [
    'a health check breached',
    beforeEnd({
      type: 'health-breached',
      check: 'front-door',
      verdict: 'failed',
      summary: '4 failures',
      measuredAt: '2026-11-23T09:41:00.000Z',
      step: null,
    }),
    ['health check front-door breached'],
  ],
  [
    'nobody watched for longer than the loss of a worker takes',
    unwatched(
      ['2026-11-23T09:20:00.000Z', '2026-11-23T09:20:03.000Z'],
      ['2026-11-23T09:25:00.000Z', '2026-11-23T09:25:09.300Z'],
    ),
    ['health check front-door unwatched for 12.300 s'],
  ],
  ['nobody observed health', without('health-observed'), ['health check front-door not passed']],
  [
    'a validation check errored',
    changed('check-completed', { check: 'checkout' }, { verdict: 'error' }),
    ['features check checkout not passed'],
  ],
  [
    'a validation group that policy requires has no checks',
    planned(({ policy }) => ({ policy: { ...policy, require: { ...policy.require, validation: ['performance'] } } })),
    ['performance validation not planned'],
  ],
  [
    'there is a major deviation',
    beforeEnd({ type: 'deviation', code: 'x', severity: 'major', what: 'x', decidedBy: 'x', authority: 'x' }),
    ['1 major deviation'],
  ],
  ['a person noted something major', changed('note-added', {}, { severity: 'major' }), ['1 major deviation']],
  ['the draft was not published', without('record-published'), ['record not published as a draft']],
  ['a stakeholder was not told', without('notified', { event: 'deployed' }), ['Shop team not notified of deployed']],
  [
    'a notification did not arrive',
    changed('notified', { event: 'deployed' }, { delivered: false }),
    ['notification of deployed to Shop team not delivered'],
  ],
  ['nothing was confirmed', without('confirmed'), ['monitoring period not completed', 'handoff not given']],
  [
    'the monitoring period was cut short',
    planned(({ monitoring }) => ({ monitoring: { ...monitoring, periodMs: 900_006 } })),
    ['monitoring period cut short'],
  ],
  [
    'another release was confirmed',
    changed(
      'confirmed',
      {},
      {
        live: { release: '1.4.1', artifact: { uri: 'x', digest: other }, since: '', deployment: null },
      },
    ),
    ['the confirmed release is not the one of the plan'],
  ],
  ['nobody took the handoff', without('acknowledged', handoff), ['handoff not given']],
  [
    'the handoff was late',
    planned(({ monitoring }) => ({ monitoring: { ...monitoring, handoff: { role: 'support', withinMs: 532_629 } } })),
    ['handoff late'],
  ],
];

it('certifies a deployment for which everything is in the journal', () => {
  const { plan, journal } = goodJournal();
  expect(completion(plan, journal)).toStrictEqual({ certified: true, unsatisfied: [] });
});

it.each(faults)('does not certify when %s, and shows it', (_, fault, unsatisfied) => {
  const { plan, planDigest, journal } = fault(goodJournal());
  expect(completion(plan, journal)).toStrictEqual({ certified: false, unsatisfied });
  const record = buildRecord(plan, planDigest, journal, { state: 'final' });
  expect(record.completion.statement).toBeNull();
  const markdown = renderRecord(record);
  expect(markdown).not.toContain(completionStatement);
  expect(markdown).toContain('Not certified.');
});

it('still certifies where a worker was lost and another one watched within 5 s', () => {
  const { plan, journal } = unwatched(['2026-11-23T09:20:00.000Z', '2026-11-23T09:20:05.000Z'])(goodJournal());
  expect(completion(plan, journal).certified).toBe(true);
});

it('evaluates each health check, in whichever entry its counts are', () => {
  const { plan, journal } = planned(({ health }) => ({
    health: health.flatMap((check) => [check, { ...check, id: 'search' }]),
  }))(goodJournal());
  expect(completion(plan, journal).unsatisfied).toStrictEqual(['health check search not passed']);
  const each = journal.flatMap((entry): readonly JournalEntry[] =>
    entry.type === 'health-observed'
      ? [entry, { ...entry, summaries: entry.summaries.map((summary) => ({ ...summary, check: 'search' })) }]
      : [entry],
  );
  expect(completion(plan, renumber(each)).certified).toBe(true);
});

it('does not evaluate entries after the end', () => {
  const { plan, journal } = goodJournal();
  const late = {
    v: 1,
    at: '2026-11-23T10:00:00.000Z',
    type: 'rollback-started',
    cause: { kind: 'cancelled' },
  } as const;
  expect(completion(plan, [...journal, { ...late, seq: journal.length + 1 }]).certified).toBe(true);
});

it('never certifies a rolled-back deployment', () => {
  const { plan, journal } = rolledBackJournal();
  expect(completion(plan, journal).unsatisfied).toContain('a rollback was started');
});

it('stands with a window that was open, which is a row of its own then', () => {
  const { plan, planDigest, journal } = all(withWindows, windowEvaluated('passed'))(goodJournal());
  expect(completion(plan, journal)).toEqual({ certified: true, unsatisfied: [] });
  const record = renderRecord(buildRecord(plan, planDigest, journal, { state: 'final' }));
  expect(record).toMatch(/\| Deployment window \| a window \| it \| .*\(at the grant\) \| passed \|/i);
  expect(record).not.toContain('a deployment window');
});
