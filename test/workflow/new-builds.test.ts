import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf, type JournalEntry } from '../../src/domain/journal/entries.ts';
import { completionStatement } from '../../src/domain/record/certifying-statement.ts';
import { makeCurrent, workerVersions } from '../../src/temporal/worker-versions.ts';
import { steps } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig, workflowIdOf } from '../support/rig.ts';
import { bundleOfChanged, bundleOfSources, type WorkflowBundle } from '../support/workflow-bundles.ts';

const readiness = { roles: ['support'], within: '10m' };
const policy = {
  ...testPolicy,
  environments: { ...testPolicy.environments, production: { ...rules, readiness }, staging: rules },
};
let rig: Rig;
/** A build with one entry more at the beginning of each journal, and every other thing the same. */
let second: WorkflowBundle;
beforeAll(async () => {
  [rig, second] = await Promise.all([
    startRig({ policy }),
    bundleOfChanged(
      'workflows/deployment/deployment.ts',
      'receiveMessages(run);',
      "run.deviation('second-build', 'minor', 'one entry more'); receiveMessages(run);",
    ),
  ]);
});
// Not replayed by one bundle: some of them are of the other build, which is what a replay is there to see.
afterAll(() => rig.stop());

const acknowledge = (id: string, what: 'readiness' | 'handoff') =>
  rig.call('key:dan', 'POST', `/v1/deployments/${id}/acknowledge`, { for: what });
const isWaiting = (id: string, kind: string) =>
  rig.until(id, ({ waitingFor }) => waitingFor.some((one) => one.kind === kind));
const isOfSecondBuild = (journal: readonly JournalEntry[]) =>
  entriesOf(journal, 'deviation').some(({ code }) => code === 'second-build');

describe('a new build of the worker', () => {
  it('without versions, in the middle of a deployment, is an error, an alert and a page: nothing is lost unsaid', async () => {
    const world = await rig.world('unversioned', 'staging');
    const id = await rig.request(world, {
      service: 'unversioned',
      environment: 'staging',
      steps: [steps.startByHttp(world), steps.gate()],
    });
    await isWaiting(id, 'approval');
    await rig.approve(id);
    await isWaiting(id, 'gate');
    const before = await rig.store.journal(id, 0, 500);

    await rig.stopWorker();
    await rig.startWorker({ workflowBundle: second });
    await rig.approve(id, 'key:bob', 'go');

    await expect.poll(() => rig.told.join('\n'), { timeout: 30_000 }).toContain('docs/how-to/upgrade.md');
    const alerts = await rig.call<{ items: unknown[] }>('key:carol', 'GET', '/v1/alerts');
    expect(JSON.stringify(alerts.body)).toContain('journal-conflict');
    expect((await rig.store.journal(id, 0, 500)).slice(0, before.length)).toEqual(before);
    await rig.client.workflow.getHandle(`deployment/unversioned/staging/1`).terminate();
    await rig.stopWorker();
  });

  it('rolled out in every phase leaves what runs to the build that began it; what comes next is of the new one', async () => {
    const { client, server } = rig;
    await rig.startWorker({ build: 'first', workflowBundle: await bundleOfSources() });
    expect(await makeCurrent(client.connection, server.namespace, 'first', { onlyFirst: true })).toBe('first');

    const handoff = { monitoring: { period: '1s', handoff: { role: 'support', within: '10m' } } };
    const begin = async (
      service: string,
      how: 'gate' | 'handoff' | 'neither',
      upTo: 'ready' | 'asked' | 'approved',
    ) => {
      const world = await rig.world(service);
      const id = await rig.request(world, {
        service,
        steps: [steps.startByHttp(world), steps.switch(world), ...(how === 'gate' ? [steps.gate('10m')] : [])],
        ...(how === 'handoff' ? { procedure: handoff } : {}),
      });
      await isWaiting(id, 'readiness');
      if (upTo === 'ready') return id;
      await acknowledge(id, 'readiness');
      await isWaiting(id, 'approval');
      if (upTo === 'approved') await rig.approve(id);
      return id;
    };
    const [verifying, asked, gated, aborted, handing] = await Promise.all([
      begin('verifying', 'neither', 'ready'),
      begin('asked', 'neither', 'asked'),
      begin('gated', 'gate', 'approved'),
      begin('aborted', 'gate', 'approved'),
      begin('handing', 'handoff', 'approved'),
    ]);
    await Promise.all([isWaiting(gated, 'gate'), isWaiting(aborted, 'gate'), isWaiting(handing, 'handoff')]);

    await rig.startWorker({ build: 'second', workflowBundle: second });
    expect(await makeCurrent(client.connection, server.namespace, 'second')).toBe('second');
    // The older one starts again, as after a crash.
    expect(await makeCurrent(client.connection, server.namespace, 'first', { onlyFirst: true })).toBe('second');
    expect((await workerVersions(client.connection, server.namespace)).versions).toContainEqual({
      build: 'first',
      state: 'draining',
    });

    await acknowledge(verifying, 'readiness');
    await isWaiting(verifying, 'approval');
    await Promise.all([
      rig.approve(verifying),
      rig.approve(asked),
      rig.approve(gated, 'key:bob', 'go'),
      rig.call('key:alice', 'POST', `/v1/deployments/${aborted}/abort`, { reason: 'not this one' }),
      acknowledge(handing, 'handoff'),
    ]);
    const ends = await Promise.all([verifying, asked, gated, aborted, handing].map((id) => rig.ended(id)));
    expect(ends.map(({ outcome }) => outcome)).toEqual([
      'succeeded',
      'succeeded',
      'succeeded',
      'rolled-back',
      'succeeded',
    ]);
    for (const { id, outcome } of ends) {
      // Published right after its end, which is the last that is said of it.
      const journal = await eventually(
        () => rig.journal(id),
        (entries) => entries.at(-1)?.type === 'record-published',
      );
      expect(isOfSecondBuild(journal)).toBe(false);
      expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, i) => i + 1));
      expect(await rig.store.journal(id, 0, 500)).toEqual(journal);
      // The workflow itself tells the same story: no other build has gone on with it. It hears a moment later what was stored.
      const workflow = client.workflow.getHandle(workflowIdOf(id));
      await expect
        .poll(() => workflow.query('journal', { after: 0, limit: 500 }), { timeout: 10_000 })
        .toEqual(journal);
      expect((await rig.record(id)).includes(completionStatement)).toBe(outcome === 'succeeded');
    }

    const world = await rig.world('next');
    const next = await rig.request(world, { service: 'next' });
    await isWaiting(next, 'readiness');
    expect(isOfSecondBuild(await rig.journal(next))).toBe(true);
    // And of a target that the first build has begun.
    const again = await rig.request(world, { service: 'gated', release: '1.4.3' });
    await isWaiting(again, 'readiness');
    expect(isOfSecondBuild(await rig.journal(again))).toBe(true);
  }, 120_000);
});
