import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { type ChangeOptions, changeOf } from '../support/change.ts';
import { eventually } from '../support/eventually.ts';
import { rules, testPolicy } from '../support/policy.ts';
import { type Rig, startRig } from '../support/rig.ts';
import type { World } from '../support/world.ts';

let rig: Rig;
beforeAll(async () => {
  const production = { ...rules, rehearsal: { maxAge: '30d', environment: 'staging' } };
  rig = await startRig({ policy: { ...testPolicy, environments: { production, staging: rules } } });
});
afterAll(() => rig.close());

interface Worlds {
  readonly staging: World;
  readonly production: World;
  /** One procedure for both. */
  readonly options: ChangeOptions;
}

/** A service in two environments, each with a world of its own. */
async function worldsOf(service: string): Promise<Worlds> {
  const [staging, production] = [await rig.world(service, 'staging'), await rig.world(service, 'production')];
  const here = { url: '${env.front}' } as World;
  const { procedure } = changeOf(here) as { readonly procedure: Readonly<Record<string, unknown>> };
  const of = ({ url }: World) => ({
    values: { front: url },
    slots: { blue: { url: `${url}/slots/blue` }, green: { url: `${url}/slots/green` } },
  });
  const { slots: _, ...rest } = procedure;
  const environments = { staging: of(staging), production: of(production) };
  return { staging, production, options: { service, procedure: { ...rest, slots: undefined, environments } } };
}

/** What has been proven counts once the record is published, which is when the workflow closes and the target is free. */
const freeStaging = (service: string) =>
  eventually(
    () => rig.call('key:alice', 'GET', `/v1/targets/${service}/staging`),
    ({ body }) => body['lock'] === null,
  );

/** Ends in `verifying`, or comes to its approvers and is aborted there; answers what became of the gate. */
async function asked(world: World, options: ChangeOptions) {
  const id = await rig.request(world, options);
  const { phase } = await rig.until(id, ({ phase, outcome }) => phase === 'awaiting-approval' || outcome !== null);
  if (phase === 'awaiting-approval') await rig.call('key:alice', 'POST', `/v1/deployments/${id}/abort`, {});
  const { outcome } = await rig.ended(id);
  const gates = entriesOf(await rig.journal(id), 'gate-evaluated').filter(({ gate }) => gate === 'rehearsal');
  return { id, outcome, gates };
}

const preview = async (world: World, options: ChangeOptions) => {
  const { body } = await rig.call<{ gates: { gate: string; state: string }[] }>(
    'key:alice',
    'POST',
    '/v1/plans',
    changeOf(world, options),
  );
  return body.gates.find(({ gate }) => gate === 'rehearsal')?.state;
};

describe('production, whose policy asks for a rehearsal', () => {
  it('is refused without one, let through after one in staging, and refused again for another procedure', async () => {
    const { staging, production, options } = await worldsOf('shop');
    expect(await preview(production, options)).toBe('blocked');
    expect(await asked(production, options)).toMatchObject({
      outcome: 'rejected',
      gates: [{ verdict: 'failed', fault: 'missing', moment: 'verifying' }],
    });
    expect(production.changes).toEqual([]);

    // Every step is carried out and verified, then each is undone; nothing goes live, and production sees nothing of it.
    const rehearsal = await rig.deploy(staging, { ...options, environment: 'staging', mode: 'rehearsal' });
    expect(rehearsal.status).toMatchObject({
      outcome: 'rolled-back',
      mode: 'rehearsal',
      cause: 'rehearsal: rolled back on purpose',
    });
    expect(staging.changes).toEqual(['PUT /slots/green', 'PUT /route green', 'PUT /route blue', 'DELETE /slots/green']);
    expect(production.changes).toEqual([]);
    expect(entriesOf(rehearsal.journal, 'phase-entered').map(({ phase }) => phase)).toEqual([
      'verifying',
      'awaiting-approval',
      'awaiting-window',
      'awaiting-target',
      'executing',
      'validating',
      'rolling-back',
    ]);
    expect(entriesOf(rehearsal.journal, 'rollback-completed')).toMatchObject([{ result: 'verified' }]);
    expect(entriesOf(rehearsal.journal, 'confirmed')).toEqual([]);
    const { body: target } = await freeStaging('shop');
    expect(target).toMatchObject({ live: { release: '1.4.1' }, slot: 'blue' });
    expect(await rig.record(rehearsal.id)).toContain('# Deployment record: REHEARSAL of shop 1.4.2 in staging');

    // The same procedure is let through, and evaluated once more when it gets the target.
    // It counts from when its record is there.
    await eventually(
      () => preview(production, options),
      (verdict) => verdict === 'passed',
    );
    const { status, journal } = await rig.deploy(production, options);
    expect(status).toMatchObject({ outcome: 'succeeded', mode: 'deployment' });
    expect(production.changes).toEqual(['PUT /slots/green', 'PUT /route green']);
    expect(staging.changes).toHaveLength(4);
    const gates = entriesOf(journal, 'gate-evaluated').filter(({ gate }) => gate === 'rehearsal');
    expect(gates.map(({ moment, verdict }) => `${moment} ${verdict}`)).toEqual(['verifying passed', 'grant passed']);
    expect(gates[0]?.found).toMatch(new RegExp(`^${rehearsal.id.replaceAll('.', '\\.')} \\(rehearsal\\), 2 undone`));

    const other = { ...options, procedure: { ...options.procedure, description: 'The same, but for this word.' } };
    expect(await asked(production, other)).toMatchObject({ outcome: 'rejected', gates: [{ fault: 'missing' }] });
  });

  it('takes a real deployment there that had to be rolled back once every step was started', async () => {
    const { staging, production, options } = await worldsOf('basket');
    staging.behave('1.4.2', { reports: { release: '1.4.1' } });
    const { id, status } = await rig.deploy(staging, { ...options, environment: 'staging' });
    expect(status).toMatchObject({ outcome: 'rolled-back', mode: 'deployment' });
    await freeStaging('basket');

    await eventually(
      () => preview(production, options),
      (verdict) => verdict === 'passed',
    );
    const { outcome, gates } = await asked(production, options);
    expect(outcome).toBe('aborted');
    expect(gates).toMatchObject([{ verdict: 'passed', found: expect.stringContaining(`${id} (deployment that was`) }]);
  });

  it('cannot be rehearsed in', async () => {
    const { production, options } = await worldsOf('search');
    const body = changeOf(production, { ...options, mode: 'rehearsal' });
    expect(await rig.call('key:alice', 'POST', '/v1/plans', body)).toMatchObject({
      status: 422,
      body: { code: 'policy-not-met', pointer: '/mode', detail: expect.stringContaining('rehearse in staging') },
    });
  });

  it('is not rehearsed by a procedure that would move its own traffic from staging', async () => {
    const world = await rig.world('plain', 'staging');
    const plain = changeOf(world, { service: 'plain', environment: 'staging', mode: 'rehearsal' });
    expect(await rig.call('key:alice', 'POST', '/v1/plans', plain)).toMatchObject({
      status: 422,
      body: { code: 'policy-not-met', pointer: '/procedure' },
    });
    const environments = { staging: {}, production: {} };
    const shared = { service: 'plain', environment: 'staging', procedure: { environments } };
    expect(await rig.call('key:alice', 'POST', '/v1/plans', changeOf(world, shared))).toMatchObject({
      status: 422,
      body: { code: 'shared-address', pointer: '/procedure/slots/blue/url' },
    });
  });
});
