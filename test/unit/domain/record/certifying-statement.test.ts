import { describe, expect, it } from 'vitest';
import type { Entry, EntryBody } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { completion } from '../../../../src/domain/record/certifying-statement.ts';
import { all, beforeEnd, type Change, changed, planned, without } from '../../../support/changed-journal.ts';
import { bob, carol, dan, goodJournal } from '../../../support/journal.ts';
import { digestFilledWith } from '../planning-input.ts';

const other = digestFilledWith('0');
const frozen = goodJournal().journal.find(({ type }) => type === 'plan-frozen') as Entry<'plan-frozen'>;

/** What the statement misses of a good deployment that was changed so. */
function missing(...changes: readonly Change[]): readonly string[] {
  const { plan, journal } = all(...changes)(goodJournal());
  return completion(plan, journal).unsatisfied;
}

const approval = (by: typeof bob, gate: string): EntryBody => {
  return { type: 'approval-granted', by, gate, role: 'service-owner', planDigest: other, expiresAt: null };
};
const verified = changed('check-completed', { check: 'route' }, { verdict: 'failed' });
const passed = (where: object): EntryBody => ({
  type: 'check-completed',
  for: 'verify',
  check: 'route',
  kind: 'http',
  verdict: 'passed',
  threshold: '200',
  summary: '200',
  samples: 1,
  observed: {},
  startedAt: '2026-11-23T09:15:00.000Z',
  endedAt: '2026-11-23T09:15:00.100Z',
  ...where,
});
const deviation = (severity: 'minor' | 'major') =>
  beforeEnd({ type: 'deviation', code: 'retry', severity, what: 'x', decidedBy: 'x', authority: 'x' });
const refusing = planned(({ policy }) => ({ policy: { ...policy, messages: { unsigned: 'refuse', key: null } } }));
const stakeholder = (name: string, on: Plan['policy']['stakeholders'][number]['on']) =>
  planned(({ policy }) => {
    const [first] = policy.stakeholders as [Plan['policy']['stakeholders'][number]];
    return { policy: { ...policy, stakeholders: [first, { ...first, name, on }] } };
  });
const monitored = (change: Partial<Plan['monitoring']>) =>
  planned(({ monitoring }) => ({ monitoring: { ...monitoring, ...change } }));
const documented = (what: { kind: 'block'; block: string } | { kind: 'record' }) =>
  planned(() => ({
    documents: [
      {
        name: 'runbooks',
        url: 'https://git.shop.example/runbooks.git',
        branch: 'main',
        author: { name: 'Gantry', email: 'gantry@shop.example' },
        credentials: null,
        documents: [{ path: 'shop.md', what }],
      },
    ],
  }));
const confirmedAs = (release: string, digest: string) =>
  changed(
    'confirmed',
    {},
    { live: { release, artifact: { uri: 'x', digest }, since: '2026-11-23T09:32:00.000Z', deployment: null } },
  );
const { release, artifact } = goodJournal().plan;

describe('the statement is missed', () => {
  it.each<readonly [string, readonly Change[], readonly string[]]>([
    [
      'where a plan was frozen twice',
      [beforeEnd({ ...frozen, planDigest: other })],
      ['the plan that ran is not the one that was frozen'],
    ],
    [
      'where another release of the same artifact was requested',
      [changed('requested', {}, { release: '1.4.1' })],
      ['the plan that ran is not the one that was requested'],
    ],
    ['where there is no request', [without('requested')], ['the plan that ran is not the one that was requested']],
    [
      'where nobody approved anything',
      [without('approval-granted')],
      ['nobody approved', 'approval of start incomplete', 'approval of go incomplete'],
    ],
    [
      'where somebody approved in a role that the gate does not ask for',
      [changed('approval-granted', { gate: 'go' }, { by: dan, role: 'support' })],
      ['approval of go incomplete', 'approval of go by key:dan, who is no support'],
    ],
    [
      'where nobody vouches for who acknowledged, and policy refuses unsigned messages',
      [refusing, changed('acknowledged', { for: 'readiness' }, { by: { ...dan, identity: 'asserted' } })],
      ['acknowledgement by key:dan not verified'],
    ],
    [
      'at a gate step that was not reached, as a step alone',
      [
        without('step-started', { step: 'go' }),
        without('step-completed', { step: 'go' }),
        without('approval-granted', { gate: 'go' }),
      ],
      ['step go not reached'],
    ],
    [
      'where a verify check was never measured',
      [without('check-completed', { check: 'route' })],
      ['verify check route of step switch not passed'],
    ],
    [
      'where a verify check failed, whatever else passed later',
      [
        verified,
        beforeEnd(passed({ step: 'start-idle' })),
        beforeEnd(passed({ step: 'switch', check: 'version' })),
        beforeEnd(passed({ step: 'switch', for: 'undo' })),
      ],
      ['verify check route of step switch not passed'],
    ],
    ['where a health check has no sample', [changedHealth({ samples: 0 })], ['health check front-door not passed']],
    [
      'where the validation was not entered',
      [without('phase-entered', { phase: 'validating' })],
      ['production validation not run'],
    ],
    [
      'where a validation check was never measured',
      [without('check-completed', { check: 'checkout' })],
      ['features check checkout not passed'],
    ],
    [
      'where a validation check failed, whatever else passed later',
      [
        changed('check-completed', { check: 'checkout' }, { verdict: 'failed' }),
        beforeEnd(passed({ for: 'validation', group: 'smoke', check: 'checkout' })),
        beforeEnd(passed({ for: 'validation', group: 'features', check: 'home' })),
        beforeEnd(passed({ for: 'verify', step: 'switch', check: 'checkout' })),
      ],
      ['features check checkout not passed'],
    ],
    ['where there are several major deviations', [deviation('major'), deviation('major')], ['2 major deviations']],
    [
      'where one of two stakeholders was not told',
      [stakeholder('Owners', ['requested'])],
      ['Owners not notified of requested'],
    ],
    [
      'where a block of a document was not written',
      [documented({ kind: 'block', block: 'release' })],
      ['document runbooks:shop.md release not written'],
    ],
    [
      'where the record was not written as a document',
      [documented({ kind: 'record' })],
      ['document runbooks:shop.md not written'],
    ],
    [
      'where monitoring was not entered',
      [without('phase-entered', { phase: 'monitoring' })],
      ['monitoring period not completed'],
    ],
    [
      'where another release of the same artifact was confirmed',
      [confirmedAs('1.4.1', artifact.digest)],
      ['the confirmed release is not the one of the plan'],
    ],
    [
      'where another artifact of the same release was confirmed',
      [confirmedAs(release, other)],
      ['the confirmed release is not the one of the plan'],
    ],
    [
      'where somebody in another role took the handoff',
      [changed('acknowledged', { for: 'handoff' }, { role: 'service-owner' })],
      ['handoff not given'],
    ],
  ])('%s', (_, changes, unsatisfied) => {
    expect(missing(...changes)).toEqual(unsatisfied);
  });
});

describe('the statement stands', () => {
  it.each<readonly [string, readonly Change[]]>([
    [
      'where an approval of another plan was withdrawn by somebody else',
      [beforeEnd(approval(dan, 'start')), beforeEnd({ type: 'approval-withdrawn', by: dan, gate: 'start' })],
    ],
    [
      'where an approval of another plan, for another gate, was withdrawn by an approver',
      [beforeEnd(approval(carol, 'go')), beforeEnd({ type: 'approval-withdrawn', by: carol, gate: 'go' })],
    ],
    [
      'where nobody vouches for an approval, and policy accepts unsigned messages',
      [changed('approval-granted', { gate: 'go' }, { by: { ...bob, identity: 'asserted' } })],
    ],
    ['where something minor deviated', [deviation('minor')]],
    ['where a stakeholder hears of the end alone', [stakeholder('Audit', ['ended'])]],
    ['where monitoring lasted exactly as long as planned', [monitored({ periodMs: 900_005 })]],
    ['where the handoff came at the last moment', [monitored({ handoff: { role: 'support', withinMs: 532_630 } })]],
    ['where no handoff is asked for', [monitored({ handoff: null }), without('acknowledged', { for: 'handoff' })]],
  ])('%s', (_, changes) => {
    expect(missing(...changes)).toEqual([]);
  });
});

function changedHealth(change: object): Change {
  return (given) => ({
    ...given,
    journal: given.journal.map((entry) =>
      entry.type === 'health-observed'
        ? { ...entry, summaries: entry.summaries.map((summary) => ({ ...summary, ...change })) }
        : entry,
    ),
  });
}
