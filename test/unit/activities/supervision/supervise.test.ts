import { describe, expect, it } from 'vitest';
import { type Pager, pageFindings } from '../../../../src/activities/supervision/supervise.ts';
import type { Finding } from '../../../../src/domain/supervision/sightings.ts';
import { latch } from '../../../support/latch.ts';

const stakeholders = [{ name: 'Ops', on: ['page'], channels: [{ kind: 'log', spec: { log: true } }] }];
const finding = (n: number): Finding => ({
  code: 'queue-unserved',
  of: `deployment/shop/production/${n}`,
  detail: `Nobody serves ${n}.`,
});

/** Whoever pages, by a channel that answers as told. */
function pager(notify: () => Promise<readonly { readonly delivered: boolean }[]>): Pager {
  return {
    store: { addAlert: async () => undefined },
    policy: { read: async () => ({ policy: { environments: { production: { stakeholders } } } }) },
    notify,
    worker: 'w-1',
    now: () => Date.parse('2026-11-23T09:00:00.000Z'),
  } as unknown as Pager;
}

describe('what supervision has found', () => {
  it('is known once the page reached somebody, and paged again in the next round where it did not', async () => {
    const heard = await pageFindings(
      pager(async () => [{ delivered: false }, { delivered: true }]),
      [finding(1)],
      {},
    );
    expect(Object.keys(heard)).toHaveLength(1);
    for (const deaf of [async () => [{ delivered: false }], async () => [], () => Promise.reject(new Error('no'))])
      expect(await pageFindings(pager(deaf), [finding(1)], {})).toEqual({});
  });

  it('is paged side by side, so that a channel that hangs takes the time of one page', async () => {
    const all = latch();
    let asked = 0;
    const hanging = async () => {
      asked += 1;
      if (asked === 11) all.open();
      await all.closed;
      return [{ delivered: true }];
    };
    const findings = Array.from({ length: 30 }, (_, i) => finding(i));
    // Ten by themselves, and one that counts the rest.
    expect(Object.keys(await pageFindings(pager(hanging), findings, {}))).toHaveLength(30);
  });
});
