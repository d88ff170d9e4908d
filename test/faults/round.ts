import { setTimeout as delay } from 'node:timers/promises';
import type { TargetView } from '../../src/domain/target/view.ts';
import { artifactOf } from '../support/change.ts';
import { checkLog, type Violation } from './checker.ts';
import type { EffectLog, LogLine } from './effect-log.ts';
import { startFakeTarget } from './fake-target.ts';
import { type Life, live, type Place, request } from './life.ts';
import { createPeople, type People } from './people.ts';
import type { PlannedTarget, Round } from './plan.ts';
import type { Rig } from './rig.ts';
import { checkSources, journalText } from './sources.ts';
import { startTcpProxy } from './tcp-proxy.ts';

/** What a round came to. `byLog`: found in the target's log alone; `bySources`: with journals, answers and pages. */
export interface RoundReport {
  readonly round: Round;
  readonly lives: readonly Life[];
  /** What of the faults, or of what people did about them, did not come about. */
  readonly troubles: readonly string[];
  readonly byLog: readonly Violation[];
  readonly bySources: readonly Violation[];
}

interface Lived {
  readonly place: Place;
  readonly lives: readonly Life[];
  readonly close: () => Promise<void>;
}

const initial = '1.0.0';
/** A record is published after the end, so it is waited for a while, in milliseconds. */
const recordWithinMs = 30_000;
/**
 * A target hears of an end with the end itself. Where a worker was killed while it worked on that, Temporal hands the task to
 * another one after the 10 s that a workflow task may take. In milliseconds.
 */
const freeWithinMs = 30_000;

/** Lives through one round: its targets side by side, then everything that can be told of them is held together. */
export async function runRound(rig: Rig, log: EffectLog, round: Round): Promise<RoundReport> {
  const people = createPeople(rig.there);
  const besides: Promise<void>[] = [];
  const troubles: string[] = [];
  const later = (work: Promise<void>) =>
    void besides.push(
      work.catch((error: unknown) => void troubles.push(error instanceof Error ? error.message : String(error))),
    );
  const lived = await Promise.all(round.targets.map((planned) => liveOn(rig, people, log, planned, later)));
  // What was broken is whole again before anybody evaluates; faults may add to the list as they end.
  for (let at = 0; at < besides.length; at += 1) await besides[at];
  const lines = log.read();
  const bySources: Violation[] = [];
  for (const one of lived) bySources.push(...(await evaluate(rig, people, lines, one)));
  await Promise.all(lived.map(({ close }) => close()));
  await rig.retire();
  const names = new Set(lived.map(({ place }) => place.target.name));
  const own = lines.filter(({ target }) => names.has(target));
  return { round, lives: lived.flatMap(({ lives }) => lives), troubles, byLog: checkLog(own), bySources };
}

async function liveOn(
  rig: Rig,
  people: People,
  log: EffectLog,
  planned: PlannedTarget,
  later: Place['later'],
): Promise<Lived> {
  const target = await startFakeTarget({ name: `${planned.name}/production`, log, initial, fenced: planned.fenced });
  const way = await startTcpProxy(() => target.port);
  const adoption = { release: initial, artifact: artifactOf(initial), slot: 'blue', reason: 'as it runs' };
  await people.need('key:carol', 'POST', `/v1/targets/${target.name}/adopt`, adoption);
  const place: Place = { rig, people, target, way, later };
  const close = async () => {
    await way.close();
    await target.close();
  };
  const asked: { readonly id: string; readonly at: number }[] = [];
  for (const [at, one] of planned.deployments.entries()) asked.push({ id: await request(place, one), at });
  const lives = await Promise.all(
    asked.map(async ({ id, at }) => {
      const one = planned.deployments[at];
      if (!one) return [];
      const living = live(place, id, one);
      if (one.script !== 'superseded') return living;
      // A newer one that was not confirmed supersedes nobody; then somebody ends the older one.
      return Promise.race([living, endLeftOver(place, id, asked.at(-1)?.id ?? '').then(() => living)]);
    }),
  );
  return { place, lives: lives.flat(), close };
}

/** Rejects a deployment that nobody has approved once the newer one has ended without superseding it. */
async function endLeftOver({ people }: Place, id: string, newer: string): Promise<void> {
  for (;;) {
    const { outcome } = await people.status(newer);
    if (outcome === 'succeeded') return;
    if (outcome !== null) break;
    await delay(500);
  }
  const { planDigest, outcome } = await people.status(id);
  if (outcome === null) await people.say('key:bob', id, 'reject', { planDigest, reason: 'left over' });
}

async function evaluate(
  rig: Rig,
  people: People,
  lines: readonly LogLine[],
  { place, lives }: Lived,
): Promise<readonly Violation[]> {
  const { target } = place;
  const records = new Map<string, string>();
  const journals = new Map<string, Life['journal']>();
  for (const { id, status } of lives) {
    if (status === null) continue;
    records.set(id, await finalRecord(people, id));
    journals.set(id, await people.journal(id));
  }
  const whole = lives.map((life) => ({ ...life, journal: journals.get(life.id) ?? life.journal }));
  return checkSources({
    target: target.name,
    lines: lines.filter((line) => line.target === target.name),
    lives: whole,
    said: people.said,
    printed: rig.printed(),
    view: await idleTarget(people, target.name),
    records,
  });
}

/** The target as it says itself once it is free, or after a while. */
async function idleTarget(people: People, name: string): Promise<TargetView> {
  const until = Date.now() + freeWithinMs;
  for (;;) {
    const view = await people.target(name);
    if (!view.lock || Date.now() > until) return view;
    await delay(100);
  }
}

async function finalRecord(people: People, id: string): Promise<string> {
  const until = Date.now() + recordWithinMs;
  for (;;) {
    const path = `/v1/deployments/${id}/record`;
    const { body } = await people.ask<string>('key:alice', 'GET', path, undefined, { accept: 'text/markdown' });
    if (body.includes('FINAL') || Date.now() > until) return body;
    await delay(250);
  }
}

/** A violation as somebody needs it who is to find its cause, and how to see it again. */
export function tellViolation({ round, lives }: RoundReport, violation: Violation): string {
  const life = lives.find(({ id }) => id === violation.deployment);
  const target = round.targets.find(({ name }) => violation.target.startsWith(`${name}/`));
  const { scale } = round;
  const without = scale.without.length > 0 ? ` --without ${scale.without.join(',')}` : '';
  return [
    `${violation.rule}: ${violation.what}`,
    `  seed ${round.seed}, round ${round.round}, target ${violation.target}, deployment ${violation.deployment ?? '–'}`,
    `  again: npm run faults -- --seed ${round.seed} --round ${round.round} --targets ${scale.targets}${without}`,
    `  planned: ${JSON.stringify(target)}`,
    ...violation.lines.map((line) => `  log: ${JSON.stringify(line)}`),
    ...(life ? [journalText(life.journal).replace(/^/gm, '  journal: ')] : []),
  ].join('\n');
}
