import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { evaluateRehearsal } from '../../../../src/domain/rehearsal/counts-as-proof.ts';
import { rehearsalRow } from '../../store/rows.ts';
import { digestFilledWith } from '../planning-input.ts';
import { beganAt, evaluated, type Loose, type PastCase, pastChange, withGate } from './past-cases.ts';

const production = '/environments/production';
const on = (day: string, start = '09:00', end = '10:00') => ({
  timeZone: 'Europe/Berlin',
  allow: [{ rrule: `FREQ=WEEKLY;BYDAY=${day}`, start, end }],
});
const none = { refused: [], notEvaluated: [] };

describe('windows', () => {
  // It began on a Monday at 10:14:55 in Berlin.
  it('are evaluated at the time when a change began', () => {
    expect(evaluated(pastChange(), { windows: on('SU') }).refused).toEqual([
      `${production}/windows: it began ${beganAt}: outside every window (Europe/Berlin)`,
    ]);
    expect(evaluated(pastChange(), { windows: on('MO', '10:00', '11:00') })).toEqual(none);
    const freezes = [{ from: '2026-11-23T00:00', until: '2026-11-24T00:00', reason: 'Black week' }];
    expect(evaluated(pastChange(), { windows: { ...on('MO', '09:00', '16:00'), freezes } }).refused).toEqual([
      expect.stringMatching(/windows: it began .*: frozen by the policy .*: Black week$/),
    ]);
  });

  it('leave the runway that they ask for', () => {
    const windows = on('MO', '10:00', '10:40');
    expect(evaluated(pastChange(), { windows: { ...windows, runway: '20m' } }).refused).toEqual([]);
    expect(evaluated(pastChange(), { windows: { ...windows, runway: '30m' } }).refused).toEqual([
      expect.stringContaining('less than the runway of 30 min left'),
    ]);
    const short = on('MO', '10:00', '10:15');
    expect(evaluated(pastChange(), { windows: short }).refused).toEqual([]);
    expect(evaluated(pastChange(), { windows: { ...short, runway: 'plan' } }).refused).toEqual([
      expect.stringContaining('less than the runway of'),
    ]);
  });

  it('are evaluated without the typical runway where no plan holds it, which is reported', () => {
    const windows = { ...on('MO', '10:00', '10:15'), runway: 'typical' };
    const notEvaluated = ['the typical runway of windows'];
    expect(evaluated(pastChange(), { windows })).toEqual({ refused: [], notEvaluated });
    const { plan, journal } = pastChange({ windows });
    const frozen = { ...plan.policy, windows: plan.policy.windows && { ...plan.policy.windows, runwayMs: 60_000 } };
    const typical = { ...frozen, windows: frozen.windows && { ...frozen.windows, runwayFrom: 'typical' as const } };
    expect(evaluated({ plan: { ...plan, policy: typical }, journal }, { windows })).toEqual({
      refused: [expect.stringContaining('less than the runway of 1 min left')],
      notEvaluated: [],
    });
  });
});

const emergencyWith = (...waives: string[]) => ({
  emergency: { role: 'change-manager', waives, review: { within: '48h', blocksNext: false } },
});
const urgent = { type: 'emergency', ticket: 'INC-7' };

describe('an emergency', () => {
  const past = pastChange(
    emergencyWith('window', 'evidence-age', 'rehearsal-age', 'rollback-checks', 'quorum'),
    urgent,
  );

  it('would have been refused where the policy takes none', () => {
    expect(evaluated(past).refused).toEqual([`${production}/emergency: the policy takes no emergencies in production`]);
    expect(evaluated(past, emergencyWith())).toEqual(none);
  });

  it('is held to the approvals that it would have needed', () => {
    const commander = { emergency: { ...emergencyWith('quorum').emergency, role: 'support' } };
    const did = 'Bob May (api, verified) as service-owner, Carol Lind (api, verified) as change-manager did';
    expect(evaluated(past, commander).refused).toEqual([
      `${production}/emergency/role: 1 more support would have had to approve; ${did}`,
    ]);
    const rules = [{ role: 'developer', minimum: 1 }];
    const approvals = { approvals: { expireAfter: '24h', rules } };
    expect(evaluated(past, { ...approvals, ...emergencyWith('quorum') }).refused).toEqual([]);
    expect(evaluated(past, { ...approvals, ...emergencyWith() }).refused).toEqual([
      `${production}/approvals/rules/0: 1 more developer would have had to approve; ${did}`,
    ]);
  });

  it.each<[string, string, Loose, string]>([
    ['window', 'window', { windows: on('SU') }, `${production}/windows: it began`],
    [
      'evidence',
      'evidence-age',
      { evidence: { maxAge: '4h' } },
      `${production}/evidence/maxAge: stage integration was`,
    ],
  ])('is held to its %s where that is not waived', (_, waiver, rules, why) => {
    expect(evaluated(past, { ...rules, ...emergencyWith(waiver) }).refused).toEqual([]);
    expect(evaluated(past, { ...rules, ...emergencyWith() }).refused).toEqual([expect.stringContaining(why)]);
    // What is waived for an emergency is not for another change.
    expect(evaluated(pastChange(), { ...rules, ...emergencyWith(waiver) }).refused).toEqual([
      expect.stringContaining(why),
    ]);
  });

  it('is held to rollback checks that were waived', () => {
    const found = '0 of 1 rollback checks passed';
    const stood = withGate(past, 'rollback-checks', { required: 'there', found, verdict: 'waived' });
    expect(evaluated(stood, emergencyWith('rollback-checks')).refused).toEqual([]);
    expect(evaluated(stood, emergencyWith('window')).refused).toEqual([
      `${production}/emergency/waives: rollback-checks is not waived, and ${found}`,
    ]);
  });

  it("is held to people's freezes that were waived, whatever the windows say, and not to those of its own policy", () => {
    const found =
      'frozen by key:bob 2026-11-23T00:00:00.000Z until it is lifted: audit (freeze f1); does not open by itself';
    const waived = { required: 'no freeze', found, verdict: 'waived', fault: 'frozen' } as const;
    const stood = withGate(past, 'window', waived);
    expect(evaluated(stood, emergencyWith('window'))).toEqual(none);
    expect(evaluated(stood, emergencyWith()).refused).toEqual([
      `${production}/emergency/waives: window is not waived, and it was ${found}`,
    ]);
    const freezes = [{ from: '2026-11-23T00:00', until: '2026-11-24T00:00', reason: 'Black week' }];
    const windows = { ...on('MO'), freezes };
    const frozen = withGate(pastChange({ ...emergencyWith('window'), windows }, urgent), 'window', waived);
    expect(evaluated(frozen, emergencyWith())).toEqual({ refused: [], notEvaluated: ['freezes that people had made'] });
    const outside = { ...waived, found: 'outside every window', fault: 'outside' };
    expect(evaluated(withGate(past, 'window', outside), emergencyWith())).toEqual(none);
  });
});

describe('a standard change', () => {
  const entry = {
    service: 'shop',
    procedure: 'shop-blue-green',
    digest: digestFilledWith('c'),
    approvedBy: ['key:bob', 'key:carol'],
    until: '2026-11-23',
  };
  const withEntry = (other: Loose = {}) => ({ standard: [{ ...entry, ...other }] });
  const past = pastChange(withEntry(), { type: 'standard' });

  it('needs a standing approval that fits, and no other one', () => {
    const unasked = { ...past, journal: past.journal.filter(({ type }) => type !== 'approval-granted') };
    const steps = { steps: past.plan.steps.filter(({ kind }) => kind !== 'gate') };
    expect(evaluated({ ...unasked, plan: { ...past.plan, ...steps } }, withEntry())).toEqual(none);
  });

  it.each<[string, Loose, RegExp]>([
    ['there is none', {}, /standard: the policy has no standing approval of shop-blue-green for shop/],
    ['it is of another digest', withEntry({ digest: digestFilledWith('d') }), /standard: .* is of sha256:d+; this is/],
    ['it had ended when it began', withEntry({ until: '2026-11-22' }), /standard: .* ended with 2026-11-22/],
    ['its approvers do not count', withEntry({ approvedBy: ['key:bob', 'key:dan'] }), /standard: without key:dan/],
  ])('would have been refused where %s', (_, rules, why) => {
    expect(evaluated(past, rules).refused).toEqual([expect.stringMatching(why)]);
  });
});

describe('a rehearsal', () => {
  const asked = (maxAge: string, environment = 'staging') => ({ rehearsal: { maxAge, environment } });
  const row = rehearsalRow({ verifiedAt: '2026-11-13T09:14:55.000Z' });
  const stoodOn = (past: PastCase) => {
    const { digest: _, fault, proof, ...gate } = evaluateRehearsal(past.plan, [row], Date.parse(beganAt), []);
    if (gate.verdict === 'failed' || !proof) throw new Error(gate.found);
    return withGate(past, 'rehearsal', { ...gate, proof, ...(fault === null ? {} : { fault }) });
  };
  const past = stoodOn(pastChange(asked('30d')));

  it('is held to its age and its environment', () => {
    const elsewhere = past.journal.map(
      (entry): JournalEntry =>
        entry.type === 'gate-evaluated' && entry.proof?.kind === 'rehearsal'
          ? { ...entry, proof: { ...entry.proof, environment: 'preprod' } }
          : entry,
    );
    expect(evaluated(past, asked('11d'))).toEqual(none);
    expect(evaluated(past, asked('9d')).refused).toEqual([
      expect.stringMatching(/rehearsal\/maxAge: its rehearsal was 10 d .*old, more than 9 d$/),
    ]);
    expect(evaluated({ ...past, journal: elsewhere }, asked('30d')).refused).toEqual([
      `${production}/rehearsal/environment: it was rehearsed in preprod, not in staging`,
    ]);
  });

  it('may be older in an emergency that waives its age', () => {
    const rules = { ...asked('9d'), ...emergencyWith('rehearsal-age') };
    const emergency = stoodOn(pastChange(rules, urgent));
    expect(evaluated(emergency, rules)).toEqual(none);
    expect(evaluated(emergency, { ...rules, ...emergencyWith() }).refused).toEqual([
      expect.stringContaining('rehearsal/maxAge: its rehearsal was 10 d'),
    ]);
  });

  it('is not evaluated where none was required', () => {
    expect(evaluated(pastChange(), asked('30d'))).toEqual({ refused: [], notEvaluated: ['rehearsal'] });
  });
});

it('a change by a procedure that is no longer accepted would have been refused', () => {
  const refusedBy = (...allow: readonly string[]) => evaluated(pastChange(), { procedures: { allow } }).refused;
  const { name, digest } = pastChange().plan.procedure;
  expect(refusedBy(name)).toEqual([]);
  expect(refusedBy('another', digest)).toEqual([]);
  expect(refusedBy('another')).toEqual([
    `${production}/procedures/allow: ${name} is none of the procedures that are taken there`,
  ]);
});

it('a change that was rehearsed where no environment is rehearsed any more would have been refused', () => {
  const { plan, journal } = pastChange();
  const rehearsed = { plan: { ...plan, mode: 'rehearsal' as const }, journal };
  expect(evaluated(rehearsed).refused).toEqual([
    '/environments: the policy asks for no rehearsal, so no environment is there for one',
  ]);
});

describe('what is not evaluated', () => {
  it('is the grant of a change that never began', () => {
    const { plan, journal } = pastChange();
    const until = journal.findIndex(({ type }) => type === 'step-started');
    expect(evaluated({ plan, journal: journal.slice(0, until) }, { windows: on('SU') })).toEqual({
      refused: [],
      notEvaluated: ['what is asked for at the grant, of changes that never began'],
    });
  });

  it('are limits that became shorter, and reviews of other changes', () => {
    expect(evaluated(pastChange(), { limits: { target: '1h', pause: '5h' } }).notEvaluated).toEqual([
      'the shorter limit target',
    ]);
    const { emergency } = emergencyWith();
    const blocking = { emergency: { ...emergency, review: { within: '48h', blocksNext: true } } };
    expect(evaluated(pastChange(), blocking).notEvaluated).toEqual(['overdue reviews of emergencies before a change']);
    expect(evaluated(pastChange(blocking, urgent), blocking).notEvaluated).toEqual([]);
  });
});
