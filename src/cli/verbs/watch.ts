import type { Command } from 'commander';
import { Option } from 'commander';
import { parseDuration } from '../../domain/base/duration.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { parseDeploymentId } from '../../domain/base/ids.ts';
import { phases } from '../../domain/base/phases.ts';
import { type Api, type ApiOptions, openApiAt, withApiOptions } from '../api-client.ts';
import { exitCodeOfOutcome, exitCodes } from '../exit-codes.ts';
import { deploymentOf, referenceHelp } from '../references.ts';
import { entryLine } from '../render/entry.ts';
import { type HealthSoFar, tallyOf } from '../render/health.ts';
import { nextCommand } from '../render/next-command.ts';
import { paintOutcome, renderStatus, type Status, waitLines } from '../render/status.ts';
import { plain, type Surroundings } from '../terminal.ts';
import { type Entry, follow, type Seen } from '../watch/follow.ts';
import { followHealth, healthSoFar } from '../watch/health.ts';
import { liveLines } from '../watch/live.ts';
import { type Silence, silenceOf } from '../watch/silence.ts';
import { typicalTimes } from '../watch/typical.ts';

/** What is waited for. */
export const untilNames = ['requested', 'approved', 'monitoring', 'ended'] as const;
export type Until = (typeof untilNames)[number];

export interface WatchOptions {
  readonly until: Until;
  readonly timeout?: string;
  readonly json?: true;
  /** Beside the entries, what the health monitor counts. */
  readonly health?: true;
}

/** The options of what waits for a deployment. */
export function withWatchOptions(command: Command): Command {
  return command
    .addOption(new Option('--until <point>', 'waits for this point only').choices(untilNames).default('ended'))
    .option('--timeout <time>', 'waits so long at most, such as 30m, and leaves the deployment running (6)');
}

/** `gantry watch`: follows a deployment to its end. */
export function registerWatch(command: Command, surroundings: Surroundings): void {
  withWatchOptions(withApiOptions(command))
    .argument('[deployment]', referenceHelp, '@')
    .option('--json', 'prints one entry of the journal a line, as the API answers it')
    .option('--health', 'with --json, also prints what the health monitor counts, as the API answers it')
    .action(async (which: string, { api: at, tokenFile, context, ...options }: ApiOptions & WatchOptions) => {
      const opened = await openApiAt({ api: at, tokenFile, context }, surroundings.environment);
      const id = await deploymentOf(opened.api, which);
      process.exitCode = await watch(opened, id, options, surroundings);
    });
}

/** The phases before each point. What is rolled back never comes to monitoring: its end is waited for. */
const before: Readonly<Record<Until, ReadonlySet<string>>> = {
  requested: new Set(),
  approved: new Set(['verifying', 'awaiting-approval']),
  monitoring: new Set(phases.slice(0, phases.indexOf('monitoring')).concat('rolling-back')),
  ended: new Set(phases),
};

const hasCome = ({ phase, outcome }: Status, until: Until) => outcome !== null || !before[until].has(phase);

const heartbeatMs = 30_000;
/** A clock that people see goes on between entries, and so often it is looked whether anything answers. */
const tickMs = 1_000;
/** How often the counts of the health monitor are asked for. */
const countsMs = 2_000;

/**
 * Shows a deployment until it has come so far, and answers the exit code: that of its outcome where it has ended, else 0;
 * `stillRunning` where the time is over. On a terminal it draws a live view, elsewhere it prints a line an entry.
 */
export async function watch(
  { api, base }: Awaited<ReturnType<typeof openApiAt>>,
  id: string,
  { until, timeout, json, health }: WatchOptions,
  surroundings: Surroundings,
): Promise<number> {
  const limitMs = timeout === undefined ? null : parseDuration(timeout);
  if (limitMs === undefined) throw new GantryError('malformed', `--timeout ${timeout}: write a time such as 30m.`);
  const silence = silenceOf(base.origin);
  const view = json
    ? jsonView(api, health === true, silence, surroundings)
    : surroundings.screen
      ? await liveView(api, id, silence, surroundings)
      : lineView(api, silence, surroundings);
  const interrupted = onInterrupt();
  const late = limitMs === null ? null : timer(limitMs);
  const over = new AbortController();
  const seen = follow(api, id, over.signal, silence);
  try {
    for (;;) {
      const answer = seen.next();
      // Nobody waits for it any more once this is over.
      answer.catch(() => undefined);
      const next = await Promise.race([answer, interrupted.promise, ...(late ? [late.promise] : [])]);
      if (next === 'interrupted' || next === 'late') {
        view.end();
        surroundings.tell(`${id} goes on. Come back with: gantry watch ${id}`);
        return next === 'late' ? exitCodes.stillRunning : exitCodes.interrupted;
      }
      if (next.done) return exitCodes.done;
      view.show(next.value);
      const { status } = next.value;
      if (!hasCome(status, until)) continue;
      view.end();
      if (status.outcome === null) return exitCodes.done;
      if (!json) await sayWhatServes(api, status, surroundings);
      return exitCodeOfOutcome(status.outcome);
    }
  } finally {
    view.end();
    interrupted.stop();
    late?.stop();
    over.abort();
  }
}

/** What the target serves once a deployment has ended; nothing where nobody answers. */
async function sayWhatServes(api: Api, { service, environment }: Status, { terminal }: Surroundings): Promise<void> {
  const path = { service, environment };
  const { data } = await api
    .GET('/v1/targets/{service}/{environment}', { params: { path } })
    .catch(() => ({ data: null }));
  if (data?.live) terminal.say(plain(`${service}/${environment} serves ${data.live.release}`));
}

interface View {
  show(seen: Seen): void;
  end(): void;
}

function jsonView(api: Api, withHealth: boolean, silence: Silence, { terminal }: Surroundings): View {
  let last: Status | null = null;
  let known: HealthSoFar['at'] = null;
  const sayCounts = (health: HealthSoFar) => {
    if (health.at !== known) terminal.say(JSON.stringify(health));
    known = health.at;
  };
  const stop = withHealth ? followHealth(api, countsMs, silence, () => last, sayCounts) : () => undefined;
  return {
    show: ({ status, entries }) => {
      last = status;
      for (const entry of entries) terminal.say(JSON.stringify(entry));
    },
    end: stop,
  };
}

/** In a pipe: a line an entry, a sign of life while nothing happens, and where nothing answers that this has begun and ended. */
function lineView(api: Api, silence: Silence, { terminal, tell }: Surroundings): View {
  let last: Status | null = null;
  let isOver = false;
  const said = new Set<string>();
  const over = new AbortController();
  let isSilent = false;
  const tellAt = (words: string) => tell(`${new Date().toISOString()}  ${words}`);
  const hear = () => {
    const words = silence.words();
    if ((words !== null) === isSilent) return;
    isSilent = words !== null;
    tellAt(words ?? 'The API answers again.');
  };
  const listening = setInterval(hear, tickMs);
  const beat = async () => {
    // Where it is nobody knows while nothing answers.
    if (!last || isSilent) return;
    const { id, phase } = last;
    const counted = (await healthSoFar(api, last, over.signal))?.checks ?? [];
    if (isOver || isSilent) return;
    const words = counted.map((check) => plain(`; ${check.id} ${tallyOf(check)}`));
    tellAt(`${id} is in ${phase}${words.join('')}`);
  };
  let heartbeat = setInterval(() => void beat(), heartbeatMs);
  return {
    show({ status, entries }) {
      last = status;
      hear();
      // A status that was waited for in vain is no sign of life.
      if (entries.length > 0) {
        clearInterval(heartbeat);
        heartbeat = setInterval(() => void beat(), heartbeatMs);
      }
      for (const entry of entries) terminal.say(entryLine(entry));
      // What a person is to do about it, each time that somebody begins to be waited for.
      for (const wait of status.outcome === null ? status.waitingFor : []) {
        const command = nextCommand(status, wait);
        const key = `${wait.kind} ${wait.step ?? ''} ${wait.since}`;
        if (command === null || said.has(key)) continue;
        said.add(key);
        for (const line of waitLines(status, wait, terminal.paint, Date.now())) tell(line);
      }
    },
    end() {
      clearInterval(heartbeat);
      clearInterval(listening);
      over.abort();
      if (isOver || !last) return;
      isOver = true;
      if (last.outcome !== null)
        terminal.say(`${last.id}  ${last.release}  ${paintOutcome(last.outcome, terminal.paint)}`);
    },
  };
}

/** On a terminal: drawn anew with each entry, and each second for the times. */
async function liveView(api: Api, id: string, silence: Silence, { terminal, screen }: Surroundings): Promise<View> {
  const block = screen?.();
  const all: Entry[] = [];
  let last: Status | null = null;
  let typical: Awaited<ReturnType<typeof typicalTimes>> = {};
  let health: HealthSoFar | null = null;
  const draw = () => {
    const silent = silence.words();
    const lines = [
      ...(last ? liveLines({ status: last, entries: all, typical, health }, terminal.paint, Date.now()) : []),
      ...(silent === null ? [] : [terminal.paint.yellow(silent)]),
    ];
    if (lines.length > 0) block?.draw(lines);
  };
  const clock = setInterval(draw, tickMs);
  const stopCounting = followHealth(
    api,
    countsMs,
    silence,
    () => last,
    (counted) => {
      health = counted;
    },
  );
  const { service = '', environment = '' } = parseDeploymentId(id) ?? {};
  const over = new AbortController();
  void typicalTimes(api, service, environment, over.signal).then((times) => {
    typical = times;
  });
  let isOver = false;
  return {
    show({ status, entries }) {
      last = status;
      all.push(...entries);
      draw();
    },
    end() {
      clearInterval(clock);
      stopCounting();
      over.abort();
      if (isOver) return;
      isOver = true;
      draw();
      block?.end();
      if (last?.outcome != null)
        for (const line of renderStatus(last, terminal.paint, Date.now(), health).slice(1)) terminal.say(line);
    },
  };
}

function onInterrupt() {
  let listener = () => {};
  const promise = new Promise<'interrupted'>((resolve) => {
    listener = () => resolve('interrupted');
  });
  process.once('SIGINT', listener);
  return { promise, stop: () => process.off('SIGINT', listener) };
}

function timer(ms: number) {
  let timeout: NodeJS.Timeout | undefined;
  const promise = new Promise<'late'>((resolve) => {
    timeout = setTimeout(() => resolve('late'), ms);
  });
  return { promise, stop: () => clearTimeout(timeout) };
}
