import type { JsonObject } from '../../src/domain/base/json.ts';
import { evaluateStages } from '../../src/domain/evidence/evaluate-stages.ts';
import type { EntryBody, EntryOf, JournalEntry } from '../../src/domain/journal/entries.ts';
import type { Actor, HealthSummary, StopCause } from '../../src/domain/journal/values.ts';
import { type Bindings, bindingsFor, bindingsLookup } from '../../src/domain/plan/bindings.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import { fillAll } from '../../src/domain/plan/references.ts';
import { freezePlan } from '../../src/domain/planning/freeze-plan.ts';
import {
  artifactDigest,
  evidenceRows,
  planningInput,
  previousDigest,
  rehearsalDocuments,
} from '../unit/domain/planning-input.ts';
import { thresholdOf } from './expects.ts';

export interface JournalFixture {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly journal: readonly JournalEntry[];
}

const person = (subject: string, name: string): Actor => ({ subject, name, via: 'api', identity: 'verified' });
export const bob = person('key:bob', 'Bob May');
export const carol = person('key:carol', 'Carol Lind');
export const dan = person('key:dan', 'Dan Ode');

const worker = 'w-1';
const frontDoor = 'http://127.0.0.1:4000/';

/** Writes entries on a clock that the tests move. */
class JournalWriter {
  readonly plan: Plan;
  readonly planDigest: string;
  readonly bindings: Bindings;
  readonly entries: JournalEntry[] = [];
  private now: number;

  constructor(plan: Plan, planDigest: string, begin: string) {
    this.plan = plan;
    this.planDigest = planDigest;
    this.now = Date.parse(begin);
    const artifact = { uri: `ghcr.io/acme/shop@${previousDigest}`, digest: previousDigest };
    const live = { release: '1.4.1', artifact, since: '2026-11-19T10:02:44.190Z', deployment: 'shop.production.6' };
    this.bindings = bindingsFor(plan, `shop.${plan.environment}.7`, 7, live, 'green');
  }

  get at(): string {
    return new Date(this.now).toISOString();
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  write(...bodies: EntryBody[]): this {
    for (const body of bodies) this.entries.push({ v: 1, seq: this.entries.length + 1, at: this.at, ...body });
    return this;
  }

  check(
    purpose: Pick<EntryOf<'check-completed'>, 'for' | 'step' | 'group'>,
    id: string,
    kind: string,
    summary: string,
    ms: number,
  ): this {
    const startedAt = this.at;
    const planned = Object.values(this.plan.validation).flatMap((group) =>
      group.kind === 'checks' ? group.checks : [],
    );
    const spec = planned.find((check) => check.id === id)?.spec ?? {};
    this.after(ms);
    return this.write({
      type: 'check-completed',
      ...purpose,
      check: id,
      kind,
      verdict: 'passed',
      threshold: thresholdOf(kind, spec),
      summary,
      samples: 1,
      observed: {},
      startedAt,
      endedAt: new Date(this.now - 2).toISOString(),
    });
  }

  action(step: string, summary: string, ms: number): this {
    this.write({ type: 'step-started', step, attempt: 1, resolved: this.resolved(step, 'do') });
    const startedAt = this.at;
    const endedAt = new Date(this.now + ms).toISOString();
    const outcome = { kind: 'completed', startedAt, endedAt, summary, observed: {}, worker } as const;
    return this.after(ms + 2).write({ type: 'action-completed', step, attempt: 1, outcome });
  }

  /** What the plan and the lock give for a step, as the workflow journals it. */
  resolved(id: string, which: 'do' | 'undo'): JsonObject {
    const step = this.plan.steps.find((candidate) => candidate.id === id);
    const undo = step?.kind === 'action' && step.undo.kind === 'action' ? step.undo.action : null;
    const action = which === 'do' && step?.kind === 'action' ? step.do : undo;
    if (!action) throw new Error(`the plan has no ${which} of ${id}`);
    return fillAll(action.spec, bindingsLookup(this.bindings));
  }

  passStep(step: string, summary: string): this {
    return this.write({ type: 'step-completed', step, result: 'passed', summary });
  }

  stages(moment: 'verifying' | 'grant'): this {
    const findings = evaluateStages(evidenceRows(), artifactDigest, this.now, this.plan.policy.evidence.maxAgeMs);
    return this.write(
      ...findings.map(
        ({ stage, required, found, verdict, evidence, proof }): EntryBody => ({
          type: 'gate-evaluated',
          gate: `stage-${stage}`,
          moment,
          required,
          found,
          verdict,
          ...(evidence ? { digest: evidence.digest } : {}),
          ...(evidence?.url ? { url: evidence.url } : {}),
          ...(proof && { proof }),
        }),
      ),
    );
  }

  told(event: EntryOf<'notified'>['event']): this {
    const how = 'log';
    return this.write({
      type: 'notified',
      event,
      stakeholder: 'Shop team',
      channel: 'log',
      how,
      delivered: true,
      summary: 'written',
    });
  }

  approve(by: Actor, role: string, gate = 'start'): this {
    const expiresAt = gate === 'start' ? '2026-11-24T09:00:02.114Z' : null;
    return this.write({ type: 'approval-granted', by, gate, role, planDigest: this.planDigest, expiresAt });
  }
}

/** From the request to the end of the fourth step's start: what both deployments have in common. */
function untilWatch(carols: Actor, documents?: Parameters<typeof planningInput>[0]): JournalWriter {
  const { plan, planDigest } = freezePlan(planningInput(documents));
  const w = new JournalWriter(plan, planDigest, '2026-11-23T09:00:02.114Z');
  w.write(
    {
      type: 'requested',
      deployment: w.bindings.deployment,
      workflowId: `deployment/shop/${plan.environment}/7`,
      number: 7,
      service: plan.service,
      environment: plan.environment,
      release: plan.release,
      artifactDigest: plan.artifact.digest,
      requester: plan.requester,
      change: plan.change,
    },
    {
      type: 'plan-frozen',
      planDigest,
      procedure: plan.procedure.name,
      procedureDigest: plan.procedure.digest,
      policyDigest: plan.policy.digest,
      steps: plan.steps.length,
      maxDurationMs: plan.maxDurationMs,
    },
    { type: 'phase-entered', phase: 'verifying' },
  );
  w.after(288).told('requested').stages('verifying');
  const verifying = { type: 'gate-evaluated', moment: 'verifying', verdict: 'passed' } as const;
  w.write(
    { ...verifying, gate: 'health-answers', required: 'every health check answers', found: '1 of 1 answered' },
    { ...verifying, gate: 'notified', required: 'stakeholders notified of the request', found: '1 of 1 reached' },
    { ...verifying, gate: 'live-release', required: 'known', found: 'a rollback returns to 1.4.1' },
    { ...verifying, gate: 'rehearsal', required: 'nothing', found: 'not asked for', verdict: 'not-required' },
    { type: 'waiting-started', wait: { kind: 'readiness', until: '2026-11-23T17:00:02.402Z', then: 'rejects' } },
  );
  w.after(279_328).write(
    { type: 'acknowledged', by: dan, for: 'readiness', role: 'support' },
    { type: 'waiting-ended', kind: 'readiness' },
    { ...verifying, gate: 'readiness', required: 'support', found: 'Dan Ode for support (api, verified)' },
    { type: 'phase-entered', phase: 'awaiting-approval' },
  );
  w.told('approval-wanted').write({
    type: 'waiting-started',
    wait: { kind: 'approval', until: '2026-11-24T09:00:02.114Z', then: 'expires' },
  });
  w.after(398_285).approve(bob, 'service-owner').after(215_593).approve(carols, 'change-manager');
  w.write(
    { type: 'waiting-ended', kind: 'approval' },
    {
      type: 'gate-evaluated',
      gate: 'approval',
      moment: 'approval',
      required: '1 service-owner, 1 change-manager',
      found: '2 of 2',
      verdict: 'passed',
    },
    { type: 'phase-entered', phase: 'awaiting-target' },
    { type: 'lock-requested', until: '2026-11-24T09:14:55.608Z' },
  );
  w.after(52).write({ type: 'lock-granted', fence: 7, bindings: w.bindings });
  w.stages('grant').check({ for: 'grant' }, 'previous', 'http', '200, /release = 1.4.1', 6);
  w.write(
    {
      type: 'gate-evaluated',
      gate: 'rollback-checks',
      moment: 'grant',
      required: 'what a rollback returns to is there',
      found: '1 of 1 rollback checks passed',
      verdict: 'passed',
    },
    {
      type: 'gate-evaluated',
      gate: 'health-at-start',
      moment: 'grant',
      required: 'every health check is good before the first change',
      found: '1 of 1 health checks good',
      verdict: 'passed',
    },
    {
      type: 'health-started',
      checks: ['front-door'],
      baseline: [{ check: 'front-door', verdict: 'passed', summary: '200 in 4 ms' }],
    },
    { type: 'phase-entered', phase: 'executing' },
  );
  w.action('start-idle', 'exit 0', 8216);
  w.check({ for: 'verify', step: 'start-idle' }, 'version', 'http', '200, same digest', 7);
  w.passStep('start-idle', '1 of 1 checks passed');
  w.action('warm-up', 'exit 0', 1456).passStep('warm-up', 'not verified: the next check sees it');
  w.action('switch', '204', 82).check({ for: 'verify', step: 'switch' }, 'route', 'http', '200', 3);
  w.passStep('switch', '1 of 1 checks passed');
  return w.write(
    { type: 'step-started', step: 'watch', attempt: 1 },
    {
      type: 'waiting-started',
      wait: { kind: 'hold', until: '2026-11-23T09:15:35.000Z', then: 'goes on', step: 'watch' },
    },
  );
}

const frontDoorSummary = (samples: number, startedAt: string, endedAt: string): HealthSummary => ({
  check: 'front-door',
  kind: 'availability',
  of: frontDoor,
  verdict: 'passed',
  samples,
  failed: 0,
  errors: 0,
  failureLimit: 3,
  threshold: '≤ 3 of the last 20 samples failed',
  window: { kind: 'samples', size: 20 },
  worstWindowFailed: 0,
  intervalMs: 50,
  badBefore: 0,
  latest: null,
  lastGoodStartedAt: null,
  startedAt,
  endedAt,
  firstBadAt: null,
  lastBadAt: null,
  badAnswersBy: {},
  maxGapMs: 61,
  unwatched: [],
});

/** The last steps, and validation. */
function validate(w: JournalWriter): void {
  w.after(30_005).write({ type: 'waiting-ended', kind: 'hold' }).passStep('watch', 'held 30.005 s');
  w.write(
    { type: 'step-started', step: 'go', attempt: 1 },
    {
      type: 'waiting-started',
      wait: { kind: 'gate', until: '2026-11-23T10:15:35.472Z', then: 'rolls back', step: 'go', role: 'service-owner' },
    },
  );
  w.after(94_761).approve(bob, 'service-owner', 'go').write({ type: 'waiting-ended', kind: 'gate' });
  w.passStep('go', 'approved by Bob May (api, verified)').write({ type: 'phase-entered', phase: 'validating' });
  w.check({ for: 'validation', group: 'smoke' }, 'home', 'http', '200 in 6 ms', 8);
  w.check({ for: 'validation', group: 'features' }, 'checkout', 'command', 'exit 0 in 0.904 s', 906);
}

/** A deployment that went well from the request to the handoff, with everything that the statement asks for. */
export function goodJournal(): JournalFixture {
  const w = untilWatch(carol);
  validate(w);
  w.write({ type: 'phase-entered', phase: 'documenting' });
  const path = '.claude/processes/deployment-1.4.2-2026-11-23.md';
  w.after(20).write({ type: 'record-published', state: 'draft', path, digest: previousDigest }).told('deployed');
  w.write({ type: 'phase-entered', phase: 'monitoring' }).after(900_005);
  w.write({
    type: 'health-observed',
    summaries: [frontDoorSummary(20_778, '2026-11-23T09:14:55.702Z', w.at)],
    worker,
  });
  const { release, artifact } = w.plan;
  w.write(
    { type: 'confirmed', live: { release, artifact, since: w.at, deployment: 'shop.production.7' }, slot: 'blue' },
    { type: 'lock-released', why: 'confirmed' },
    { type: 'phase-entered', phase: 'handing-over' },
    {
      type: 'waiting-started',
      wait: { kind: 'handoff', until: '2026-11-23T13:32:14.620Z', then: 'pages', role: 'support' },
    },
  );
  w.after(532_630).write(
    { type: 'acknowledged', by: dan, for: 'handoff', role: 'support' },
    { type: 'waiting-ended', kind: 'handoff' },
    { type: 'note-added', by: dan, severity: 'minor', statement: 'Watch carrier timeouts on 1 December.' },
  );
  w.after(152).told('ended').write({ type: 'ended', outcome: 'succeeded', cause: null });
  return { plan: w.plan, planDigest: w.planDigest, journal: w.entries };
}

/** Three compensations, the last step first, and the rollback check. */
function undoAll(w: JournalWriter): void {
  const undo = (step: string, result: 'done' | 'nothing', readBack: string, summary: string, ms: number) => {
    if (result !== 'nothing')
      w.write({ type: 'compensation-started', step, attempt: 1, resolved: w.resolved(step, 'undo') });
    const startedAt = w.after(result === 'nothing' ? 0 : 15).at;
    w.after(ms).write({ type: 'compensation-completed', step, result, readBack, summary, startedAt, endedAt: w.at });
  };
  undo('switch', 'done', 'done', '204', 78);
  undo('warm-up', 'nothing', '–', 'warming changes nothing', 0);
  undo('start-idle', 'done', 'done', 'exit 0', 1236);
  w.check({ for: 'rollback' }, 'previous', 'http', '200, /release = 1.4.1', 6);
  w.write({ type: 'rollback-completed', result: 'verified', summary: '1 of 1 rollback checks passed', notRun: [] });
}

/** A release that answers badly during the hold: breach, three compensations, verified. Carol's approval is asserted. */
export function rolledBackJournal(documents?: Parameters<typeof planningInput>[0]): JournalFixture {
  const w = untilWatch({ ...carol, via: 'signal', identity: 'asserted' }, documents);
  w.after(10_300);
  const breach = { kind: 'breach', check: 'front-door', summary: '4 failures > limit 3' } as const satisfies StopCause;
  const verdictAt = w.at;
  w.after(4).write(
    {
      type: 'health-breached',
      check: breach.check,
      verdict: 'failed',
      summary: breach.summary,
      measuredAt: verdictAt,
      step: 'watch',
    },
    {
      type: 'deviation',
      code: 'health-breach',
      severity: 'major',
      what: 'front-door: 4 failures > limit 3; roll back',
      decidedBy: 'Gantry',
      authority: `plan ${w.planDigest}`,
      step: 'watch',
    },
    { type: 'rollback-started', cause: breach },
    { type: 'phase-entered', phase: 'rolling-back' },
  );
  undoAll(w);
  const bad = {
    verdict: 'failed',
    failed: 5,
    worstWindowFailed: 5,
    firstBadAt: new Date(Date.parse(verdictAt) - 152).toISOString(),
    lastBadAt: new Date(Date.parse(verdictAt) + 48).toISOString(),
    badAnswersBy: { '1.4.2': 5 },
    maxGapMs: 300,
  } as const;
  w.write(
    {
      type: 'health-observed',
      summaries: [{ ...frontDoorSummary(413, '2026-11-23T09:14:55.702Z', w.at), ...bad }],
      worker,
    },
    { type: 'lock-released', why: 'rolled-back' },
  );
  w.after(30).told('ended').write({ type: 'ended', outcome: 'rolled-back', cause: breach });
  return { plan: w.plan, planDigest: w.planDigest, journal: w.entries };
}

/** A rehearsal in staging, for production: every step passes, then three compensations on purpose, verified. */
export function rehearsedJournal(): JournalFixture {
  const w = untilWatch(carol, rehearsalDocuments());
  validate(w);
  const cause = { kind: 'rehearsal' } as const satisfies StopCause;
  w.write({ type: 'rollback-started', cause }, { type: 'phase-entered', phase: 'rolling-back' });
  undoAll(w);
  w.write(
    {
      type: 'health-observed',
      summaries: [frontDoorSummary(2_610, '2026-11-23T09:14:55.702Z', w.at)],
      worker,
    },
    { type: 'lock-released', why: 'rolled-back' },
  );
  w.after(30).told('ended').write({ type: 'ended', outcome: 'rolled-back', cause });
  return { plan: w.plan, planDigest: w.planDigest, journal: w.entries };
}
