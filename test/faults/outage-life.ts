import { setTimeout as delay } from 'node:timers/promises';
import { GantryError } from '../../src/domain/base/errors.ts';
import { type Outcome } from '../../src/domain/base/phases.ts';
import { entriesOf, type JournalEntry } from '../../src/domain/journal/entries.ts';
import { type StopCause } from '../../src/domain/journal/values.ts';
import { environmentSchema } from '../../src/domain/policy/policy.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import type { Rig } from '../support/rig.ts';
import type { World } from '../support/world.ts';
import type { OutagePlan, Outages } from './outages.ts';

/** A deployment that was carried out while the store went away from it. */
export interface OutageLife {
  readonly outcome: Outcome | null;
  /** Why it did not succeed; null where it did. */
  readonly cause: string | null;
  readonly journal: readonly JournalEntry[];
  readonly met: ReadonlyMap<string, number>;
  readonly seen: ReadonlyMap<string, number>;
  /** From an abort to the first thing that was undone, in milliseconds; null where nothing was to be undone. */
  readonly undoneMs: number | null;
  /** What a store that goes away must never lead to. */
  readonly violations: readonly string[];
}

/** Where a deployment may be kept for minutes without any other difference. */
export type Gate = 'request' | 'approval' | 'start' | 'switch';

export interface OutageTry {
  readonly service: string;
  readonly world: World;
  /** Its switch shows the old release, so that it is rolled back. */
  readonly breaks: boolean;
  readonly plan: OutagePlan;
  /** Somebody aborts it by the API as soon as the store has gone. */
  readonly aborts?: boolean;
  /** Called when it has come there; it goes on once that resolves. */
  readonly gate?: (gate: Gate) => Promise<void>;
}

const mayBeRepeated = /"code":"(engine-unavailable|store-unavailable|idempotency-in-progress)"/;
const forward = ['PUT /slots/green', 'PUT /route green'];
const back = ['PUT /route blue', 'DELETE /slots/green'];

/** Requests, approves and waits for the record. */
export async function liveThrough(
  rig: Rig,
  outages: Outages,
  { service, world, breaks, plan, aborts = false, gate }: OutageTry,
): Promise<OutageLife> {
  if (breaks) world.behave('1.4.2', { reports: { release: '1.4.1' } });
  const abort = aborting(rig, world, `${service}.production.1`);
  outages.plan(service, aborts ? { ...plan, gone: () => abort.send() } : plan);
  const change = {
    service,
    key: service,
    steps: gate ? gated(world, gate) : usual(world),
    procedure: { health: patientHealth(world) },
  };
  await gate?.('request');
  const id = await patiently(() => rig.request(world, change));
  const isUndecided = await patiently(() =>
    rig.until(id, ({ phase, outcome }) => phase === 'awaiting-approval' || outcome !== null),
  );
  await gate?.('approval');
  if (isUndecided.outcome === null) await patiently(() => rig.approve(id)).catch(ofTheApproved(aborts));
  const { outcome } = await patiently(() => rig.ended(id));
  const journal = await eventually(
    () => patiently(() => rig.store.journal(id, 0, 500)),
    (entries) => entries.at(-1)?.type === 'record-published',
  );
  const cause = (entriesOf(journal, 'rollback-started')[0] ?? entriesOf(journal, 'ended')[0])?.cause ?? null;
  const violations: string[] = [];
  if (journal.some(({ seq }, i) => seq !== i + 1)) violations.push('the journal has a gap');
  const { isTaken, undoneMs } = await abort.result();
  if (undoneMs !== null && undoneMs > promptMs) violations.push(`the abort undid nothing for ${undoneMs} ms`);
  const isAborted = isTaken && (outcome === 'aborted' || outcome === 'rolled-back');
  const isItsOwn = isTaken
    ? isAborted
    : breaks
      ? outcome === 'rolled-back' && cause?.kind === 'step-failed'
      : outcome === 'succeeded';
  if (!isItsOwn && !isOfStore(plan, outcome, cause))
    violations.push(`it ended as ${outcome}: ${JSON.stringify(cause)}`);
  const once = new Set(world.changes);
  if (once.size !== world.changes.length) violations.push(`something was done twice: ${world.changes.join(', ')}`);
  const expected = outcome === 'succeeded' ? forward : [...forward, ...back].filter((change) => once.has(change));
  if (world.changes.join() !== expected.join()) violations.push(`what was done: ${world.changes.join(', ')}`);
  if (outcome !== 'succeeded' && (world.live !== 'blue' || world.slots.green.running))
    violations.push('what it changed is still there');
  const points = { met: outages.met(service), seen: outages.seen(service) };
  return { outcome, cause: cause && JSON.stringify(cause), journal, ...points, undoneMs, violations };
}

const usual = (world: World) => [steps.startByHttp(world), steps.switch(world)];

/** The same with time for the gates. */
function gated(world: World, gate: NonNullable<OutageTry['gate']>) {
  for (const [what, at] of [['PUT /slots/green', 'start'] as const, ['PUT /route', 'switch'] as const])
    world.delay(
      what,
      world.arrival(what).then(() => gate(at)),
    );
  return usual(world).map((step) => ({ ...step, do: { ...(step['do'] as object), timeout: gateTime } }));
}

/** Few visitors, who wait: many deployments on one busy machine are not to look unhealthy. */
const patientHealth = (world: World) => [
  { id: 'front-door', availability: `${world.url}/`, rate: 4, failureLimit: 3, timeout: '10s' },
];

/** A gate opens within this time. */
const gateTime = '4m';

/** Within so long an abort has to undo something, in milliseconds. */
const promptMs = 2_000;

function aborting(rig: Rig, world: World, id: string) {
  let sent: Promise<boolean> | null = null;
  let undone: Promise<number> | null = null;
  return {
    send() {
      if (sent) return;
      const since = Date.now();
      const isOutstanding = world.slots.green.running;
      if (isOutstanding)
        undone = Promise.race(back.map((change) => world.arrival(change.replace(' blue', '')))).then(
          () => Date.now() - since,
        );
      sent = rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {}).then(({ status }) => status === 202);
    },
    /** Once the deployment has ended. */
    async result(): Promise<{ readonly isTaken: boolean; readonly undoneMs: number | null }> {
      const isTaken = (await sent) ?? false;
      return { isTaken, undoneMs: isTaken && undone ? await Promise.race([undone, Promise.resolve(null)]) : null };
    },
  };
}

/** Whoever approves again, since no answer came, or what was aborted or ended meanwhile, is told so. */
const ofTheApproved = (aborts: boolean) => (error: unknown) => {
  if (!aborts && !/"code":"(already-approved|ended)"/.test(String(error))) throw error;
};

/** So long a evaluation is tried again, in milliseconds. */
const evaluatedForMs = 600_000;

/** Longer than any outage and whatever comes before and after it, in milliseconds. */
const patienceMs = evaluatedForMs + 600_000;

/** As people do, and the documents say: what says that it may be repeated is repeated. */
async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const until = Date.now() + patienceMs;
  for (let again = 0; ; again += 1) {
    try {
      return await ask();
    } catch (error) {
      const isAway = error instanceof GantryError && error.code === 'store-unavailable';
      if ((again >= 60 && Date.now() > until) || !(isAway || mayBeRepeated.test(String(error)))) throw error;
      await delay(1_000);
    }
  }
}

/** Whether it ended well for no other reason than that the store was away for longer than it is waited for. */
function isOfStore({ ms }: OutagePlan, outcome: Outcome | null, cause: StopCause | null): boolean {
  const hasEndedWell = outcome === 'rolled-back' || outcome === 'rejected' || outcome === 'expired';
  if (!hasEndedWell || ms <= environmentSchema.shape.limits.parse({}).store) return false;
  if (cause?.kind === 'overrun' || cause?.kind === 'expired') return true;
  const code = cause && 'code' in cause ? cause.code : null;
  return code === 'store-unavailable' || (code === 'lost-attempt' && ms >= evaluatedForMs);
}
