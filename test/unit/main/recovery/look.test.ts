import { expect, it } from 'vitest';
import type { TargetView } from '../../../../src/domain/target/view.ts';
import { lookAround, type RecoverySources } from '../../../../src/main/recovery/look.ts';
import { goodJournal } from '../../../support/journal.ts';
import { deploymentRow } from '../../store/rows.ts';

const { plan, planDigest, journal } = goodJournal();
const recovery = { id: 'r', takenAt: null, beganAt: '2026-11-24T09:00:00.000Z', why: 'a test', kept: [] };
const { service, environment } = plan;

/** A store that has the rows of these deployments of a target that has numbered three, and no more than its own copy. */
function sources({ rows, copied }: { readonly rows: readonly number[]; readonly copied: number }) {
  const target: TargetView = {
    service,
    environment,
    lastNumber: 3,
    fence: 3,
    live: null,
    slot: null,
    lock: null,
    reviews: [],
    queue: [],
    open: [],
    needsIntervention: false,
  };
  return {
    store: {
      deployments: async ({ isOpen }: { isOpen?: boolean }) => ({
        items: isOpen ? [] : rows.map((number) => deploymentRow(number, { service, environment })),
        next: null,
      }),
      targets: async () => [{ ...target, lastNumber: copied, version: 1 }],
      journal: async () => [],
      deployment: async () => null,
      keys: async () => [],
      unconfirmedSigningKeys: async () => [],
    },
    histories: { run: async () => ({ isRunning: false }) },
    journals: {
      whole: async (workflowId: string) => {
        const number = Number(workflowId.split('/').at(-1));
        if (rows.includes(number)) return null;
        const row = deploymentRow(number, { service, environment, planDigest, lastSeq: journal.length });
        return { id: row.id, plan, planDigest, seals: null, number, journal, hasActed: true, isWhole: true, row };
      },
    },
    targets: { view: async () => target },
    // Temporal's index may be behind, too.
    everyWorkflow: async () => [],
  } as unknown as RecoverySources;
}

it.each([
  ['has not saved its copy since', 1],
  ['has saved its copy since', 3],
])(
  'finds each deployment that a target has numbered and a restored store lacks, where the target %s',
  async (_, copied) => {
    const { report } = await lookAround(sources({ rows: [1], copied }), recovery);
    expect(report.deployments.map(({ id, kind, stored }) => [id, kind, stored])).toEqual([
      [`${service}.${environment}.2`, 'behind', 0],
      [`${service}.${environment}.3`, 'behind', 0],
    ]);
  },
);
