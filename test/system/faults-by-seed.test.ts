import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EffectLog } from '../faults/effect-log.ts';
import { planRound } from '../faults/plan.ts';
import { type Rig, startRig } from '../faults/rig.ts';
import { runRound, tellViolation } from '../faults/round.ts';

let folder: string;
let rig: Rig;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-faults-'));
  rig = await startRig();
}, 180_000);
afterAll(async () => {
  await rig.close();
  await rm(folder, { recursive: true, force: true });
});

// The short form; `npm run faults` is the long one.
describe('deployments on real processes, with faults that a seed decides', () => {
  it.each([4, 12])(
    'keep every promise that the target’s log, journals, answers and pages can tell of (seed %i)',
    async (seed) => {
      const log = new EffectLog(join(folder, `${seed}.jsonl`));
      const report = await runRound(rig, log, planRound(seed, 1, { targets: 5, without: [] }));
      // As the error's own message: a summary shows no more than that.
      expect.soft(report.lives.length).toBeGreaterThanOrEqual(5);
      expect.soft(report.lives.every(({ status }) => status?.outcome != null)).toBe(true);
      const violations = [...report.byLog, ...report.bySources].map((one) => tellViolation(report, one));
      if (violations.length > 0) throw new Error(violations.join('\n'));
    },
    300_000,
  );
});
