import { entriesOf } from '../../src/domain/journal/entries.ts';
import type { Bindings } from '../../src/domain/plan/bindings.ts';
import type { Plan } from '../../src/domain/plan/plan.ts';
import type { ActionInput } from '../../src/domain/ports/effects.ts';
import type { ObserveInput } from '../../src/domain/ports/observation.ts';
import { bareQueue, withBareWorker } from '../bare-worker.ts';
import type { bare } from '../bare-workflow.ts';
import type { Bench, Suite } from '../bench.ts';
import { fiveSteps } from '../five-steps.ts';
import { workflowIdOf } from '../installation.ts';
import { median } from '../spans.ts';

/** The same ten activities, by Gantry and by a bare workflow, in turns. */
export const overhead: Suite = {
  name: 'overhead',
  async run(bench) {
    bench.say('five steps whose actions and checks return at once (ten activities)');
    const spans = await measured(bench);
    const [gantry, alone] = [spans.map(([ours]) => ours), spans.map(([, theirs]) => theirs)];
    bench.show({ name: '  Gantry, first step started → last step passed', unit: 'ms', values: gantry });
    bench.show({ name: '  a bare workflow with the same activities', unit: 'ms', values: alone });
    const ratio = median(gantry) / median(alone);
    bench.show({ name: '  ratio of the medians', unit: '×', values: [ratio], budget: 1.2 });
    bench.say(
      "  Of Gantry's deployment this spans the steps alone: verification, people, validation and record come on top.",
    );
    bench.say('  It is vouched for, sealed and checked against both at each act and look; the bare workflow is not.');
    bench.say(
      '  Of the bare workflow it spans its own run by its clock: neither its start nor the answer to who started it.',
    );
  },
};

async function measured(bench: Bench): Promise<readonly (readonly [number, number])[]> {
  const { there } = bench;
  const service = 'overhead';
  const world = await there.world(service);
  return withBareWorker(there, {}, () =>
    bench.each(bench.runs, async (i) => {
      const id = await bench.approved(world, { service, release: `2.0.${i}`, steps: fiveSteps(world) });
      // Nobody asks for its status meanwhile: whoever waits for the bare workflow does not ask either.
      await there.client.workflow.getHandle(workflowIdOf(id)).result();
      const journal = await there.journal(id);
      const first = entriesOf(journal, 'step-started')[0]?.at ?? '';
      const last = entriesOf(journal, 'step-completed').at(-1)?.at ?? '';
      const { plan } = (await there.call<{ plan: Plan }>('key:alice', 'GET', `/v1/deployments/${id}/plan`)).body;
      const granted = entriesOf(journal, 'lock-granted')[0]?.bindings;
      if (!granted) throw new Error(`${id} was never granted the lock`);
      const alone = await there.client.workflow.execute<typeof bare>('bare', {
        workflowId: workflowIdOf(`bare.bare.${i + 1}`),
        taskQueue: bareQueue,
        args: [inputOf(plan, granted, i + 1)],
      });
      return [Date.parse(last) - Date.parse(first), alone] as const;
    }),
  );
}

/** What the activities of a plan's steps are given, for a deployment that nobody has to vouch for. */
function inputOf(plan: Plan, granted: Bindings, fence: number): Parameters<typeof bare>[0] {
  const deployment = `bare.bare.${fence}`;
  const run = { runId: 'a', firstRunId: 'a', continuedFrom: null, warrant: null };
  const runIdentity = { deployment, target: 'bare/bare', fence, ...run };
  const bindings = { ...granted, deployment };
  const workplace = { procedure: plan.procedure.name, inline: true, files: [], slots: plan.slots, seal: null };
  const approvers = [{ subject: 'key:bob', role: 'service-owner' }];
  return plan.steps.flatMap((step) => {
    if (step.kind !== 'action' || step.verify.kind !== 'checks') return [];
    const common = { runIdentity, workplace, step, seal: null, bindings };
    const asked = { ...common, attempt: 1, approvers, approvals: [], windows: null };
    const action: ActionInput = { ...asked, storePatienceMs: plan.policy.limits.store };
    const verify: ObserveInput = { ...common, checks: step.verify.checks, once: false };
    return [{ action, verify }];
  });
}
