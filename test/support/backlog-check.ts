import { z } from 'zod';
import type { CheckAdapter } from '../../src/domain/kinds/adapter.ts';
import { word } from '../../src/domain/kinds/describe.ts';

/** A kind of check that Gantry does not have: how many messages wait in a queue, as a program of the procedure counts them. */
export const backlogCheck: CheckAdapter<{ backlog: readonly string[]; queue: string; max: number }> = {
  kind: 'backlog',
  schema: z.strictObject({ backlog: z.array(z.string()).min(1), queue: z.string(), max: z.int() }),
  traits: ['runs-files'],
  expects: ({ queue = null, max = null }) => ({
    answer: [`queue ${word(queue)}`],
    numbers: [`messages ≤ ${word(max)}`],
  }),
  async measure({ max }) {
    const at = new Date().toISOString();
    return { verdict: max > 4 ? 'passed' : 'failed', summary: '4', observed: {}, startedAt: at, endedAt: at };
  },
};
