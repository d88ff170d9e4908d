import { describe, expect, it } from 'vitest';
import { firstSamples, settledSamples } from '../../../../src/activities/checks/ask-monitor.ts';
import type { JsonObject } from '../../../../src/domain/base/json.ts';

const never = new AbortController().signal;
const run = { workflowId: 'deployment/shop/production/7', runId: 'r' };
const check = { id: 'page', sampling: { timeoutMs: 300 } };
const at = (second: number) => new Date(Date.UTC(2026, 10, 23, 9, 0, second)).toISOString();
const sampleOf = (verdict: string, from: number, to = from) => ({
  verdict,
  startedAt: at(from),
  endedAt: at(to),
  summary: verdict,
});
/** What a monitor says at a second of its own clock. */
const said = (
  second: number,
  latest: object | null,
  underWaySince: number | null = null,
  breach: string | null = null,
) =>
  ({
    at: at(second),
    checks: { page: { latest, underWaySince: underWaySince === null ? null : at(underWaySince), breach } },
  }) as JsonObject;
/** Heartbeats, one each time it is asked, the last one for ever. */
const monitorsOf = (beats: readonly (JsonObject | null)[]) => {
  let asked = 0;
  return {
    monitors: {
      async lastHeard() {
        const beat = beats[Math.min(asked, beats.length - 1)] ?? null;
        asked += 1;
        return beat;
      },
    },
  };
};
const first = (beats: readonly (JsonObject | null)[]) => firstSamples(monitorsOf(beats), run, [check], never);
const settled = (beats: readonly (JsonObject | null)[]) => settledSamples(monitorsOf(beats), run, [check], never);

describe('the first samples of a monitor', () => {
  it('are waited for until each check has a good one', async () => {
    expect(await first([null, said(1, null, 1), said(2, sampleOf('passed', 1, 2))])).toMatchObject({
      page: { verdict: 'passed' },
    });
  });

  it('may be good after a bad one', async () => {
    expect(await first([said(1, sampleOf('failed', 1)), said(2, sampleOf('passed', 2))])).toMatchObject({
      page: { verdict: 'passed' },
    });
  });

  it('are bad at once where the monitor has evaluated so', async () => {
    expect(await first([said(1, sampleOf('failed', 1), null, 'failed')])).toMatchObject({
      page: { verdict: 'failed' },
    });
  });

  it('are none where a check does not answer within its limit', async () => {
    expect(await first([said(1, null, 1)])).toEqual({ page: null });
  });

  it('never come once they are not asked for any more', async () => {
    const gone = new AbortController();
    const asking = firstSamples(monitorsOf([null]), run, [check], gone.signal);
    gone.abort();
    expect(await asking).toBeNull();
  });
});

describe('the samples of a monitor at the end of something', () => {
  it('are not those that it had sent before', async () => {
    const good = sampleOf('passed', 1);
    expect(await settled([said(1, good), said(1, good), said(2, sampleOf('failed', 2), null, 'failed')])).toMatchObject(
      {
        page: { verdict: 'failed' },
      },
    );
  });

  it('wait for one that is under way, which counts', async () => {
    const good = sampleOf('passed', 1);
    const late = said(3, sampleOf('error', 1, 3), null, 'error');
    expect(await settled([said(1, good, 1), said(2, good, 1), said(2, good, 1), late])).toMatchObject({
      page: { verdict: 'error' },
    });
  });

  it('are good where one begins and ends again and again', async () => {
    const good = sampleOf('passed', 1);
    expect(await settled([said(1, good, 1), said(2, good, 2), said(3, sampleOf('passed', 2, 3), 3)])).toMatchObject({
      page: { verdict: 'passed', endedAt: at(3) },
    });
  });

  it('are asked for, where the monitor can be reached, ahead of its next heartbeat', async () => {
    let beats = 1;
    const monitors = { lastHeard: async () => said(beats, sampleOf('passed', beats)) };
    const asked: string[] = [];
    const samples = await settledSamples({ monitors }, run, [check], never, (workflowId) => {
      asked.push(workflowId);
      beats += 1;
    });
    expect(asked).toEqual([run.workflowId]);
    expect(samples).toMatchObject({ page: { verdict: 'passed', endedAt: at(2) } });
  });
});
