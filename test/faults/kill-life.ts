import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { type Outcome } from '../../src/domain/base/phases.ts';
import { entriesOf, type JournalEntry } from '../../src/domain/journal/entries.ts';
import { changeOf, steps } from '../support/change.ts';
import { within } from '../support/within.ts';
import type { World } from '../support/world.ts';
import { followPoints } from './kill-points.ts';
import type { KillStage, PushSide, Victim } from './kill-stage.ts';
import { acknowledgerOf, type KillEnd, killViolations } from './kill-violations.ts';

/**
 * What a deployment is like. `good`: its page is acknowledged by link; `broken`: its switch shows the old release, so that
 * it is rolled back; `late`: its documents are held until it is over, and its page is acknowledged through the API.
 */
export const kinds = ['good', 'broken', 'late'] as const;
export type Kind = (typeof kinds)[number];

export interface KillLife {
  /** Every point that it came to, in order. */
  readonly met: readonly string[];
  /** Those at which something was killed. */
  readonly struck: readonly string[];
  readonly outcome: Outcome | null;
  /** Somebody acknowledged its page in time, and was told so. */
  readonly isAcknowledged: boolean;
  readonly violations: readonly string[];
}

export interface KillTry {
  readonly service: string;
  readonly kind: Kind;
  readonly victim: Victim;
  /** The points at which it is killed. */
  readonly points: readonly string[];
}

/** What people and programs ask of the API; Temporal has taken it once the update stands in a history. */
const asked = ['request', 'approve', 'acknowledge'] as const;
type Asked = (typeof asked)[number];
/** No life waits longer than that for anything; what a kill interrupts comes again after up to 15 s. */
const patienceMs = 600_000;

export const pointsOfApi = asked.flatMap((what) =>
  ['before', 'after'].map((side) => `api: ${side} Temporal took ${what}`),
);
export const pointsOfPush = (['before', 'after'] as const).map((side) => `push: ${side} the remote took it`);

/** One deployment with all that it tells people and repositories, while its worker or the API is killed at points. */
export async function liveWhileKilled(stage: KillStage, { service, kind, victim, points }: KillTry): Promise<KillLife> {
  const { there, hearers, remote, proxy } = stage;
  const id = `${service}.killed.1`;
  const path = `${service}.md`;
  await remote.change({ [path]: '<!-- gantry:release -->\n<!-- /gantry:release -->\n' });
  const base = (await remote.git('rev-parse', 'main')).trim();
  const world = await patiently(() => there.world(service, 'killed'));
  if (kind === 'broken') world.behave('1.4.2', { reports: { release: '1.4.1' } });
  const met: string[] = [];
  const struck: string[] = [];
  const left = new Set(points);
  /** What the API asks now and will hear no answer to. */
  let awaited: { readonly what: Asked; readonly point: string } | null = null;
  /** Answers whether something is killed here. */
  const meet = (point: string): boolean => {
    met.push(point);
    if (awaited && point.includes(`update-accepted ${awaited.what} `)) meet(awaited.point);
    if (!left.delete(point)) return false;
    struck.push(point);
    void stage.strike(victim);
    return true;
  };
  hearers.hear((point, deployment) => deployment === id && meet(point));
  const watch = followPoints(there.client, `target/${service}/killed`, meet);
  const held = await holdPushes(stage, kind, points, meet);
  /** As people do: what got no answer is asked once more, with the same key. */
  const ask = async <Answer>(what: Asked, question: () => Promise<Answer>): Promise<Answer> => {
    // Whoever was killed a moment ago is there again.
    await stage.strikes();
    const before = `api: before Temporal took ${what}`;
    const after = `api: after Temporal took ${what}`;
    if (points.includes(before)) void proxy.lose('questions').then(() => meet(before));
    if (points.includes(after)) {
      awaited = { what, point: after };
      // What the API asks before it sends the message is answered.
      void proxy.lose('answers', inputNamed(what));
    }
    return patiently(question);
  };
  try {
    const end = await within(
      patienceMs,
      () => `${service} (last seen: ${met.at(-1) ?? 'nothing'}; last trouble of reading: ${watch.trouble()})`,
      live(),
    );
    // Those that were killed last are there again before the next one lives.
    await stage.strikes();
    return {
      met,
      struck,
      outcome: end.outcome,
      isAcknowledged: end.isAcknowledged,
      violations: killViolations({ kind, id }, end),
    };
  } catch (error) {
    await stage.strikes();
    return {
      met,
      struck,
      outcome: null,
      isAcknowledged: false,
      violations: [`it did not come to its end: ${told(error)}; its journal: ${await tailOf(stage, id)}`],
    };
  } finally {
    await watch.stop();
    await held.letGo();
    proxy.open();
  }

  async function live(): Promise<KillEnd> {
    await ask('request', () => requested(stage, world, service, path));
    const isReady = await patiently(() =>
      there.until(id, ({ phase, outcome }) => phase === 'awaiting-approval' || !!outcome),
    );
    if (isReady.outcome === null) await ask('approve', () => approved(stage, id));
    const { outcome } = await patiently(() => there.ended(id));
    await held.whenEnded();
    let isAcknowledged = false;
    if (kind !== 'broken') {
      const link = await until(
        async () => hearers.told.find((one) => one.deployment === id && one.who === 'second')?.link,
      );
      const isTaken = await ask('acknowledge', () => (kind === 'good' ? follow(link) : acknowledged(stage, id)));
      // Whoever hears no answer and asks once more may hear that the page is over, by what they said before.
      isAcknowledged = isTaken || struck.includes('api: after Temporal took acknowledge');
    }
    const journal = await until(async () => {
      const entries = await patiently(() => there.journal(id));
      return isWhole(entries) ? entries : null;
    });
    return {
      outcome,
      isAcknowledged,
      journal,
      told: hearers.told.filter((one) => one.deployment === id),
      document: await remote.file(path),
      commits: Number(await remote.git('rev-list', '--count', `${base}..main`, '--', path)),
      record: await recordOf(stage, id, kind === 'broken' || !isAcknowledged ? id : acknowledgerOf[kind]),
    };
  }
}

/** As a request of gRPC has the name of an update: the second field of its input. */
function inputNamed(name: string): Buffer {
  return Buffer.from([0x12, name.length, ...Buffer.from(name)]);
}

/** It is published once more behind the journal, which takes a moment. */
async function recordOf({ there }: KillStage, id: string, words: string): Promise<string> {
  const giveUpAt = Date.now() + 30_000;
  for (;;) {
    const record = await patiently(() => there.record(id));
    if (record.includes(words) || Date.now() > giveUpAt) return record;
    await delay(100);
  }
}

/** The last that a journal says. */
async function tailOf({ there }: KillStage, id: string): Promise<string> {
  const journal = await there.journal(id).catch(() => []);
  return JSON.stringify(journal.slice(-8)).slice(0, 2_000);
}

/** Nothing of it goes on: each page and each delivery has its end, and each document. */
function isWhole(journal: readonly JournalEntry[]): boolean {
  const pages = entriesOf(journal, 'page-ended').map(({ page }) => page);
  const deliveries = entriesOf(journal, 'delivery-ended').map(({ delivery }) => delivery);
  return (
    entriesOf(journal, 'page-opened').every(({ page }) => pages.includes(page)) &&
    entriesOf(journal, 'notified').every(({ delivery }) => delivery === undefined || deliveries.includes(delivery)) &&
    journal.some(({ type }) => type === 'document-written' || type === 'document-failed') &&
    journal.some(({ type }) => type === 'record-published')
  );
}

async function holdPushes(stage: KillStage, kind: Kind, points: readonly string[], meet: (point: string) => boolean) {
  const wanted = (['before', 'after'] as const).filter((side) => points.includes(pointOfPush(side)));
  const isLate = kind === 'late';
  const sides = new Set<PushSide>([...wanted, ...(isLate ? (['before'] as const) : [])]);
  const holds = await Promise.all([...sides].map(async (side) => ({ side, hold: await stage.holdPush(side) })));
  for (const { side, hold } of holds)
    void hold.isHeld.then(async (isHeld) => {
      if (isHeld) meet(pointOfPush(side));
      // Of one that is late the first push is let go once the deployment is over.
      if (!isLate) await hold.letGo();
    });
  const letGo = async () => void (await Promise.all(holds.map(({ hold }) => hold.letGo())));
  return { letGo, whenEnded: async () => (isLate ? letGo() : undefined) };
}

const pointOfPush = (side: PushSide) => `push: ${side} the remote took it`;

async function requested({ there }: KillStage, world: World, service: string, path: string): Promise<void> {
  await there.submitEvidence('1.4.2');
  const retry = { attempts: 4, backoff: '1s' };
  const change = changeOf(world, {
    service,
    environment: 'killed',
    steps: [steps.startByHttp(world), steps.switch(world)].map((step) => ({ ...step, retry })),
    procedure: {
      documents: [{ repository: 'runbooks', path }],
      monitoring: { period: '1s', handoff: { role: 'support', within: '1s' } },
    },
  });
  const answer = await there.call('key:alice', 'POST', '/v1/deployments', change, { 'idempotency-key': service });
  good(answer);
}

async function approved({ there }: KillStage, id: string): Promise<void> {
  const { planDigest } = await there.status(id);
  const argument = { planDigest, gate: 'start', id: `approve-${id}` };
  const answer = await there.call('key:bob', 'POST', `/v1/deployments/${id}/approve`, argument);
  // Whoever heard no answer to the first approval may ask again so late that the deployment, approved, is over.
  if (answer.status !== 409) good(answer);
}

async function acknowledged({ there }: KillStage, id: string): Promise<boolean> {
  return isTaken(await there.call('key:dan', 'POST', `/v1/deployments/${id}/acknowledge`, { for: 'page' }));
}

async function follow(link: string): Promise<boolean> {
  const answer = await fetch(link, { method: 'POST' });
  return isTaken({ status: answer.status, body: answer.status === 503 ? 'engine-unavailable' : await answer.text() });
}

/** A page may be over by then, or have been acknowledged by the question before; whoever asks is told. */
function isTaken(answer: { readonly status: number; readonly body: unknown }): boolean {
  const isOver = answer.status === 409 || answer.status === 410 || answer.status === 404;
  if (!isOver) good(answer);
  return !isOver;
}

function good({ status, body }: { readonly status: number; readonly body: unknown }): void {
  if (status >= 400) throw new Error(`${status}: ${JSON.stringify(body)}`);
}

/** An API that is not there, or says that it may be asked again, is asked again. */
async function patiently<Answer>(question: () => Promise<Answer>): Promise<Answer> {
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await question();
    } catch (error) {
      const mayBeRepeated =
        /fetch failed|terminated|engine-unavailable|store-unavailable|idempotency-in-progress|not-ready/;
      if (Date.now() >= until || !mayBeRepeated.test(told(error))) throw error;
      await delay(100);
    }
  }
}

async function until<Answer>(question: () => Promise<Answer | null | undefined>): Promise<Answer> {
  for (;;) {
    const answer = await question();
    if (answer !== null && answer !== undefined) return answer;
    await delay(100);
  }
}

const told = (error: unknown) => inspect(error, { depth: 2 }).slice(0, 1_000);
