import { describe, expect, it } from 'vitest';
import { healthInHeartbeat, healthInJournal } from '../../../../src/domain/health/so-far.ts';
import { entriesOf } from '../../../../src/domain/journal/entries.ts';
import { goodJournal } from '../../../support/journal.ts';

const at = '2026-11-23T10:00:00.000Z';
const tally = { samples: 5, successes: 2, failures: 1, errors: 1, inconclusive: 1 };
const latest = { verdict: 'passed', startedAt: at, endedAt: at, summary: '200 in 3 ms' };
const heartbeat = (counts: object) => ({
  at,
  checks: { front: { tally, latest, badAnswersBy: { nobody: 2 }, ...counts } },
});

describe('what a health monitor says while it watches', () => {
  it('is told by check: how many samples were good, how many bad and by whom, and the latest', () => {
    expect(healthInHeartbeat(heartbeat({ answeredBy: '1.4.2', failures: '1,2' }), 'host/1')).toEqual({
      state: 'watching',
      at,
      worker: 'host/1',
      checks: [
        {
          id: 'front',
          samples: 5,
          passed: 2,
          failed: 1,
          errors: 1,
          inconclusive: 1,
          badAnswersBy: { nobody: 2 },
          latest: { verdict: 'passed', endedAt: at, summary: '200 in 3 ms', answeredBy: '1.4.2' },
        },
      ],
    });
  });

  it.each([
    ['no sample yet', { latest: null }, null],
    ['a check that does not tell who answered', {}, { verdict: 'passed', endedAt: at, summary: '200 in 3 ms' }],
  ])('of %s has that', (_, counts, expected) => {
    expect(healthInHeartbeat(heartbeat(counts), null)?.checks[0]?.latest).toEqual(expected);
  });

  it.each([
    ['nothing', {}],
    ['another time', { ...heartbeat({}), at: 'soon' }],
    ['counts that are none', heartbeat({ tally: { ...tally, samples: 'many' } })],
    ['a verdict that there is not', heartbeat({ latest: { ...latest, verdict: 'fine' } })],
  ])('is not told where it says %s', (_, said) => {
    expect(healthInHeartbeat(said, null)).toBeNull();
  });
});

describe('what a journal says of the watch', () => {
  it('is what the monitor counted to the end, of each check', () => {
    const { journal } = goodJournal();
    const [observed] = entriesOf(journal, 'health-observed');
    const [summary] = observed?.summaries ?? [];
    const found = healthInJournal(journal);
    expect(found).toMatchObject({ state: 'observed', at: observed?.at, worker: observed?.worker });
    expect(found?.checks[0]).toMatchObject({ id: summary?.check, samples: summary?.samples, failed: summary?.failed });
  });

  it('leaves what was bad out of what was good', () => {
    const journal = goodJournal().journal.map((entry) =>
      entry.type === 'health-observed'
        ? {
            ...entry,
            summaries: entry.summaries.map((one) => ({ ...one, samples: 9, failed: 2, errors: 1, inconclusive: 3 })),
          }
        : entry,
    );
    expect(healthInJournal(journal)?.checks[0]).toMatchObject({
      samples: 9,
      passed: 3,
      failed: 2,
      errors: 1,
      inconclusive: 3,
    });
  });

  it('is nothing before the watch is over', () => {
    const { journal } = goodJournal();
    expect(healthInJournal(journal.filter(({ type }) => type !== 'health-observed'))).toBeNull();
  });
});
