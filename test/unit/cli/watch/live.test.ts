import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import { describeWait, renderStatus, type Status } from '../../../../src/cli/render/status.ts';
import type { Entry } from '../../../../src/cli/watch/follow.ts';
import { liveLines } from '../../../../src/cli/watch/live.ts';
import { phaseTimes } from '../../../../src/cli/watch/typical.ts';
import { runningStatus } from '../../../support/status.ts';

const colourless = pc.createColors(false);
const at = (seconds: number) => new Date(Date.UTC(2026, 10, 30, 12, 0, seconds)).toISOString();
const now = Date.parse(at(90));
const status: Status = runningStatus;

const entry = (seq: number, type: string, seconds: number, more = {}): Entry =>
  ({ v: 1, seq, at: at(seconds), type, ...more }) as unknown as Entry;
const entries = [
  entry(1, 'phase-entered', 0, { phase: 'verifying' }),
  entry(2, 'step-started', 5),
  entry(3, 'phase-entered', 10, { phase: 'awaiting-approval' }),
  entry(4, 'phase-entered', 20, { phase: 'executing' }),
];

describe('a deployment as somebody who watches sees it', () => {
  it('shows each phase beside its typical time, what it waits for and for whom, and what an abort would undo', () => {
    expect(liveLines({ status, entries, typical: { verifying: 8_000, executing: 65_000 } }, colourless, now)).toEqual([
      'shop.production.7  1.4.2  executing',
      '✓ verifying         10 s  (typically 8 s)',
      '✓ awaiting-approval 10 s',
      '▸ executing         1 min 10 s  step 2 of 2: go, running  (typically 1 min 5 s)',
      '  waits for gate: go · 1 service-owner (key:bob, key:olga), since 30 s, rolls back in 59 min 30 s',
      '    → gantry approve shop/production --gate go',
      '  health: front-door failed',
      'if you abort now:',
      '  undo start: DELETE http://127.0.0.1/slots/blue',
    ]);
  });

  it('shows why a health check breached', () => {
    const breach = entry(5, 'health-breached', 80, {
      check: 'front-door',
      summary: '4 of the last 20 failed\u001b[2J',
    });
    const lines = liveLines({ status, entries: [...entries, breach], typical: {} }, colourless, now);
    expect(lines).toContain('  health: front-door failed  4 of the last 20 failed [2J');
  });
});

describe('what the health monitor has counted', () => {
  const counted = (more = {}) => ({
    id: 'front-door',
    samples: 1_207,
    passed: 1_204,
    failed: 3,
    errors: 0,
    inconclusive: 0,
    badAnswersBy: { nobody: 2, '1.4.2\u001b[2J': 1 },
    latest: { verdict: 'passed' as const, endedAt: at(89), summary: '200 in 3 ms', answeredBy: '1.4.2' },
    ...more,
  });
  const health = { state: 'watching' as const, at: at(89), worker: 'host/1', checks: [counted()] };
  const lineOf = (lines: readonly string[]) => lines.find((line) => line.includes('health:'));
  const shown =
    '  health: front-door failed  1204 good, 3 bad (2 by nobody, 1 by 1.4.2 [2J)  last: 200 in 3 ms, by 1.4.2';

  it('stands in one line a check: good, bad and by whom, and the latest answer', () => {
    expect(lineOf(liveLines({ status, entries, typical: {}, health }, colourless, now))).toBe(shown);
    expect(lineOf(renderStatus(status, colourless, now, health))).toBe(shown.trimStart());
  });

  it('says nothing of a check that it does not know, and of one without an answer only how many', () => {
    const two = { ...status, health: [...status.health, { id: 'queue', verdict: 'watching' as const, at: at(20) }] };
    const first = counted({ samples: 0, passed: 0, badAnswersBy: {}, latest: null });
    const lines = liveLines(
      { status: two, entries, typical: {}, health: { ...health, checks: [first] } },
      colourless,
      now,
    );
    expect(lines).toContain('  health: front-door failed  0 good, 0 bad');
    expect(lines).toContain('  health: queue watching');
  });
});

describe('a status', () => {
  it('has each step with its time and attempts, and no control characters of anybody', () => {
    const lines = renderStatus({ ...status, cause: 'breach\u001b[2J', hint: 'look' }, colourless, now);
    expect(lines).toEqual([
      'shop.production.7  1.4.2  executing',
      'requested by Alice [2J Roe 1 min 30 s ago · plan sha256:cdcdcdcdcdcd…cdcd',
      'cause: breach [2J',
      expect.stringMatching(/^waits for gate: go/),
      '  → gantry approve shop/production --gate go',
      '  ✓ start: Start  passed  2 s  2 attempts',
      '  ▸ go: Go  running  30 s',
      'health: front-door failed',
      'if you abort now:',
      '  undo start: DELETE http://127.0.0.1/slots/blue',
      '→ look',
      'you may: abort, pause',
    ]);
  });

  it('names the person for whom a robot has requested it', () => {
    const ofRobot = { requester: { subject: 'key:ci', name: 'CI' }, onBehalfOf: { subject: 'key:olga', name: 'Olga' } };
    expect(renderStatus({ ...status, ...ofRobot }, colourless, now)[1]).toMatch(
      /^requested by CI on behalf of Olga 1 min/,
    );
  });

  it('of an emergency, or of one that is paused, says so first', () => {
    expect(renderStatus({ ...status, label: 'EMERGENCY', paused: true }, colourless, now)[0]).toBe(
      'shop.production.7  1.4.2  EMERGENCY  executing (paused)',
    );
    expect(renderStatus({ ...status, outcome: 'rolled-back', ifAborted: [] }, colourless, now)).not.toContainEqual(
      expect.stringContaining('if you abort'),
    );
  });

  it('of one that needs a person says what is outstanding, and how it goes on for whoever may decide that', () => {
    const stuck: Status = { ...status, phase: 'rolling-back', outcome: 'needs-intervention', can: ['note', 'resolve'] };
    expect(renderStatus(stuck, colourless, now).slice(-4)).toEqual([
      'outstanding at its end:',
      '  undo start: DELETE http://127.0.0.1/slots/blue',
      '→ gantry record shop.production.7 says what is known; gantry target resolve shop/production says how it goes on',
      'you may: note, resolve',
    ]);
    expect(renderStatus({ ...stuck, can: ['note'] }, colourless, now).join('\n')).not.toContain('target resolve');
  });

  it('of an emergency says until when it is to be reviewed, as long as that is open', () => {
    const review = { dueAt: at(0), closed: null };
    const ended: Status = { ...status, outcome: 'succeeded', ifAborted: [], review };
    expect(renderStatus(ended, colourless, now)).toContain(
      `→ its review is due ${at(0)}: gantry target review shop/production`,
    );
    const by = { subject: 'key:erin', name: 'Erin', via: 'api', identity: 'verified' } as const;
    const closed = { ...ended, review: { ...review, closed: { by, at: at(1) } } };
    expect(renderStatus(closed, colourless, now).join('\n')).not.toContain('review');
  });

  it('takes a step of a state that it does not know for one that has not passed', () => {
    const strange = { ...status, steps: [{ ...status.steps[0], state: 'strange' }] } as unknown as Status;
    expect(renderStatus(strange, colourless, now)).toContain('  ? start: Start  strange  2 s  2 attempts');
  });
});

it('a wait without an end says only since when', () => {
  expect(
    describeWait({ kind: 'target', since: at(0), until: null, then: 'expires', behind: 'shop.production.6' }, now),
  ).toBe('target, behind shop.production.6, since 1 min 30 s');
});

it('how long a phase took is counted over each time that it was entered, and not for the one that goes on', () => {
  const again = [
    ...entries,
    entry(5, 'phase-entered', 30, { phase: 'awaiting-approval' }),
    entry(6, 'phase-entered', 35, { phase: 'monitoring' }),
  ];
  expect(phaseTimes(again)).toEqual({ verifying: 10_000, 'awaiting-approval': 15_000, executing: 10_000 });
  expect(phaseTimes([...again, entry(7, 'ended', 40)])).toMatchObject({ monitoring: 5_000 });
});
