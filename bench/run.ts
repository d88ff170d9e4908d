// npm run bench: how quickly Gantry reacts, how much history it writes, and what it costs over a bare workflow.
// Everything is real: a Temporal server, a worker, a store, HTTP. Nothing is asserted; a missed budget is printed.
import { cpus } from 'node:os';
import proto from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { entriesOf, type JournalEntry } from '../src/domain/journal.ts';
import type { Plan } from '../src/domain/plan.ts';
import type { ActionInput } from '../src/domain/ports/effects.ts';
import type { ObserveInput } from '../src/domain/ports/observation.ts';
import { connectWorker } from '../src/temporal/connection.ts';
import { steps } from '../test/support/change.ts';
import { refusing, rules, testPolicy } from '../test/support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../test/support/rig.ts';
import { bundleOfTests } from '../test/support/workflow-bundles.ts';
import type { World } from '../test/support/world.ts';
import type { bare } from './bare-workflow.ts';
import { line, median, type Series } from './spans.ts';

const runs = Number(process.env['BENCH_RUNS'] ?? 20);
const say = (text = '') => process.stdout.write(`${text}\n`);
const range = Array.from({ length: runs }, (_, i) => i);
// As installations run: messages, plans and runs that the API vouches for.
const rig: Rig = await startRig({
  signingKeys: 'own',
  policy: { ...testPolicy, environments: { production: refusing, bare: rules } },
});

async function approved(world: World, options: Parameters<Rig['request']>[1]): Promise<string> {
  const id = await rig.request(world, options);
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  return id;
}
const firstCompensation = (journal: readonly JournalEntry[]) =>
  Date.parse(entriesOf(journal, 'compensation-completed')[0]?.startedAt ?? '');

/** What goes on when it is ended: a hold, or a step in flight. */
const underways = {
  hold: () => steps.hold('5m'),
  request: steps.hangingRequest,
  command: steps.hangingCommand,
} as const;
type Underway = keyof typeof underways;

/** Makes a world hang where asked to, and let go however its front door fares. */
function prepare(world: World): void {
  world.bend('POST /hang', () => new Promise(() => {}));
  world.bend('POST /unhang', (answer) => {
    answer.status = 204;
  });
}

/** A deployment that waits in a hold, or has a step in flight, with something live that may go wrong. */
async function underway(world: World, service: string, release: string, what: Underway): Promise<string> {
  const arrived = world.arrival('POST /hang');
  const id = await approved(world, {
    service,
    release,
    steps: [steps.startByHttp(world), steps.switch(world), underways[what](world)],
  });
  if (what !== 'hold') await arrived;
  else await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'hold'));
  return id;
}

async function rolledBack(id: string): Promise<void> {
  const { outcome } = await rig.ended(id);
  if (outcome !== 'rolled-back') throw new Error(`${id} ended as ${outcome}`);
}

async function breach(what: Underway): Promise<readonly number[]> {
  const service = `breach-${what}`;
  const world = await rig.world(service);
  prepare(world);
  const spans: number[] = [];
  for (const i of range) {
    const release = `2.0.${i}`;
    const id = await underway(world, service, release, what);
    world.behave(release, { status: 500 });
    await rolledBack(id);
    const journal = await rig.journal(id);
    spans.push(firstCompensation(journal) - Date.parse(entriesOf(journal, 'health-breached')[0]?.measuredAt ?? ''));
  }
  return spans;
}

async function abort(what: Underway): Promise<readonly number[]> {
  const service = `abort-${what}`;
  const world = await rig.world(service);
  prepare(world);
  const spans: number[] = [];
  for (const i of range) {
    const id = await underway(world, service, `2.0.${i}`, what);
    await rig.signal(id, 'abort', { by: 'key:alice' });
    await rolledBack(id);
    const { events } = await rig.client.workflow.getHandle(workflowIdOf(id)).fetchHistory();
    const received = events?.find((event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'abort');
    const { seconds, nanos } = received?.eventTime ?? {};
    spans.push(firstCompensation(await rig.journal(id)) - (Number(seconds) * 1_000 + Number(nanos) / 1e6));
  }
  return spans;
}

/** Five steps: start, three that return at once, switch. */
function five(world: World, hold?: string) {
  const quick = (id: string) => ({ ...steps.startByHttp(world), id, title: `Quick ${id}`, undo: { none: 'nothing' } });
  const middle = hold === undefined ? [quick('b'), quick('c'), quick('d')] : [quick('b'), quick('c'), steps.hold(hold)];
  return [steps.startByHttp(world), ...middle, steps.switch(world)];
}

interface Size {
  readonly events: number;
  readonly bytes: number;
}

async function historyWith(hold: string, monitoring: string, service: string): Promise<readonly Size[]> {
  const world = await rig.world(service);
  const sizes: Size[] = [];
  for (const i of range) {
    const id = await approved(world, {
      service,
      release: `2.0.${i}`,
      steps: five(world, hold),
      procedure: { monitoring: { period: monitoring } },
    });
    await rig.ended(id);
    const handle = rig.client.workflow.getHandle(workflowIdOf(id));
    await handle.result();
    const history = await handle.fetchHistory();
    sizes.push({
      events: history.events?.length ?? 0,
      bytes: proto.temporal.api.history.v1.History.encode(history).finish().length,
    });
  }
  return sizes;
}

/** The same ten activities, by Gantry and by a bare workflow, in turns. */
async function overhead(): Promise<{ readonly gantry: readonly number[]; readonly bare: readonly number[] }> {
  const service = 'overhead';
  const world = await rig.world(service);
  const taskQueue = 'bench';
  const connection = await connectWorker(rig.server);
  const worker = await Worker.create({
    connection,
    namespace: rig.server.namespace,
    taskQueue,
    workflowBundle: await bundleOfTests('bench/bare-workflow.ts'),
  });
  const running = worker.run();
  const spans = { gantry: [] as number[], bare: [] as number[] };
  for (const i of range) {
    const id = await approved(world, { service, release: `2.0.${i}`, steps: five(world) });
    // Nobody asks for its status meanwhile: whoever waits for the bare workflow does not ask either.
    await rig.client.workflow.getHandle(workflowIdOf(id)).result();
    const journal = await rig.journal(id);
    const first = entriesOf(journal, 'step-started')[0]?.at ?? '';
    const last = entriesOf(journal, 'step-completed').at(-1)?.at ?? '';
    spans.gantry.push(Date.parse(last) - Date.parse(first));
    const { plan } = (await rig.call<{ plan: Plan }>('key:alice', 'GET', `/v1/deployments/${id}/plan`)).body;
    const lease = {
      deployment: `bare.bare.${i + 1}`,
      target: 'bare/bare',
      fence: i + 1,
      runId: 'a',
      firstRunId: 'a',
      continuedFrom: null,
      warrant: null,
    };
    const granted = entriesOf(journal, 'lock-granted')[0]?.bindings;
    if (!granted) throw new Error(`${id} was never granted the lock`);
    const bindings = { ...granted, deployment: lease.deployment };
    const workplace = { procedure: plan.procedure.name, inline: true, files: [], slots: plan.slots, seal: null };
    const approvers = [{ subject: 'key:bob', role: 'service-owner' }];
    const input = plan.steps.flatMap((step) => {
      if (step.kind !== 'action' || step.verify.kind !== 'checks') return [];
      const action: ActionInput = {
        lease,
        workplace,
        step,
        seal: null,
        attempt: 1,
        bindings,
        approvers,
        approvals: [],
        windows: null,
      };
      const { checks } = step.verify;
      const verify: ObserveInput = { lease, workplace, checks, seal: null, step, bindings, once: false };
      return [{ action, verify }];
    });
    spans.bare.push(
      await rig.client.workflow.execute<typeof bare>('bare', {
        workflowId: workflowIdOf(lease.deployment),
        taskQueue,
        args: [input],
      }),
    );
  }
  worker.shutdown();
  await running;
  await connection.close();
  return spans;
}

try {
  say(`${runs} runs each; ${cpus().length} cores, Node ${process.versions.node}; minimum, median, maximum\n`);
  const show = (series: Series) => say(line(series));
  const names = {
    hold: 'waiting in a hold',
    request: 'with a request in flight, which is ended first',
    command: 'with a command in flight, which is ended first',
  };
  const reactions = async (of: (what: Underway) => Promise<readonly number[]>) => {
    for (const what of ['hold', 'request', 'command'] as const)
      show({ name: `  ${names[what]}`, unit: 'ms', values: await of(what), budget: what === 'hold' ? 40 : 120 });
  };
  say('breach measured by a check → first compensation starts (worker clock)');
  await reactions(breach);
  say('abort written to history by Temporal → first compensation starts (same machine)');
  await reactions(abort);
  say('history of a five-step deployment, whole life');
  const short = await historyWith('1s', '1s', 'short');
  const long = await historyWith('6s', '6s', 'long');
  show({
    name: '  events, hold 1 s, monitoring 1 s',
    unit: '',
    values: short.map(({ events }) => events),
    budget: 150,
  });
  show({ name: '  events, hold 6 s, monitoring 6 s', unit: '', values: long.map(({ events }) => events), budget: 150 });
  show({ name: '  bytes, hold 1 s, monitoring 1 s', unit: 'B', values: short.map(({ bytes }) => bytes) });
  show({ name: '  bytes, hold 6 s, monitoring 6 s', unit: 'B', values: long.map(({ bytes }) => bytes) });
  say('five steps whose actions and checks return at once (ten activities)');
  const spans = await overhead();
  show({ name: '  Gantry, first step started → last step passed', unit: 'ms', values: spans.gantry });
  show({ name: '  a bare workflow with the same activities', unit: 'ms', values: spans.bare });
  show({ name: '  ratio of the medians', unit: '×', values: [median(spans.gantry) / median(spans.bare)], budget: 1.2 });
  say("  Of Gantry's deployment this spans the steps alone: verification, people, validation and record come on top.");
  say('  It is vouched for, sealed and checked against both at each act and look; the bare workflow is not.');
  say('  Of the bare workflow it spans its own run by its clock: neither its start nor the answer to who started it.');
} finally {
  await rig.stop();
}
