import { describe, expect, it } from 'vitest';
import { liveRelease, liveReleaseFault } from '../../../../src/domain/gates/live-release.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planningInput, previousDigest, procedureDocument, requestDocument } from '../planning-input.ts';

const live = { release: '1.4.1', artifact: { uri: 'x', digest: previousDigest }, since: '', deployment: null };
const smoke = [{ id: 'previous', http: 'http://127.0.0.1:4000/' }];
/** A plan that speaks of what is live, of the idle slot alone, or of no slot at all. */
const planWith = (change: object, initial = false) =>
  freezePlan(
    planningInput({
      procedure: { ...procedureDocument(), ...change },
      request: { ...requestDocument(), change: { ...requestDocument().change, initial } },
    }),
  ).plan;
const steps = [{ ...procedureDocument().steps[0], verify: [{ id: 'up', http: '${slot.idle.url}' }] }];
const idleOnly = { steps, rollback: { verify: smoke } };
const slotless = {
  slots: undefined,
  steps: [
    {
      ...steps[0],
      do: { command: ['./shopctl', 'start', '${artifact.digest}'] },
      undo: { none: 'x' },
      done: { http: 'http://127.0.0.1:4000/', json: { '/digest': '${artifact.digest}' } },
      verify: { none: 'x' },
    },
  ],
};

describe('what is live on a target', () => {
  it('is said with who adopted it and why', () => {
    const by = { subject: 'key:carol', name: 'Carol Lind' };
    const adopted = { ...live, since: '2026-11-20T08:00:00.000Z', adopted: { by, reason: 'moved by hand' } };
    expect(liveRelease.evaluate.lock(planWith({}), { live: adopted, slot: 'blue' }).found).toBe(
      'a rollback returns to 1.4.1 (x), adopted 2026-11-20T08:00:00.000Z by Carol Lind (key:carol): moved by hand',
    );
    expect(liveRelease.evaluate.lock(planWith({}), { live, slot: 'blue' }).found).toBe(
      'a rollback returns to 1.4.1 (x)',
    );
  });

  it('must be one of the slots of the plan, even where the plan speaks of the idle one alone', () => {
    for (const plan of [planWith({}), planWith(idleOnly)]) {
      expect(liveReleaseFault(plan, { live, slot: 'blue' })).toBeNull();
      for (const slot of [null, 'red', '']) {
        expect(liveReleaseFault(plan, { live, slot })).toMatch(/adopt.*blue or green.*\/adopt/);
        expect(liveReleaseFault(plan, { live: null, slot })).toMatch(/adopt.*blue or green.*\/adopt/);
      }
    }
  });

  it('must be known where a plan without slots speaks of it, whatever its slot is called', () => {
    const plan = planWith(slotless);
    expect(liveReleaseFault(plan, { live, slot: null })).toBeNull();
    expect(liveReleaseFault(plan, { live: null, slot: null })).toMatch(/^Nothing is known to be live.*adopt/);
    expect(
      liveReleaseFault(planWith({ ...slotless, rollback: { verify: smoke } }), { live: null, slot: null }),
    ).toBeNull();
  });

  it('must be known where only a source of the configuration speaks of it', () => {
    const idle = { ...slotless, rollback: { verify: smoke } };
    const configuration = [{ id: 'app', http: 'http://127.0.0.1:4000/${live.release}', keys: ['color'] }];
    expect(liveReleaseFault(planWith({ ...idle, configuration }), { live: null, slot: null })).toMatch(/adopt/);
  });

  it('need not be known for the first deployment of a service, nor for an escaped reference', () => {
    const first = planWith({ steps, rollback: { verify: smoke } }, true);
    expect(liveReleaseFault(first, { live: null, slot: null })).toBeNull();
    const verify = [{ id: 'previous', http: 'http://127.0.0.1:4000/', json: { '/text': '$${live.release}' } }];
    expect(liveReleaseFault(planWith({ ...slotless, rollback: { verify } }), { live: null, slot: null })).toBeNull();
  });

  it('is said as it is where it does not fit: from which slot, and what to adopt', () => {
    const where = 'POST /v1/targets/shop/production/adopt';
    expect(liveReleaseFault(planWith({}), { live, slot: 'red' })).toBe(
      `shop in production serves 1.4.1 from the slot red: adopt what it serves first, in slot blue or green (${where}).`,
    );
    expect(liveReleaseFault(planWith({}), { live, slot: null })).toBe(
      `shop in production serves 1.4.1 from no slot that is known: adopt what it serves first, in slot blue or green (${where}).`,
    );
    expect(liveReleaseFault(planWith(slotless), { live: null, slot: null })).toBe(
      `Nothing is known to be live on shop in production: adopt what it serves first (${where}).`,
    );
  });
});
