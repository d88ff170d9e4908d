import { setTimeout as delay } from 'node:timers/promises';
import { journalPageSchema } from '../../contract/journal.ts';
import type { components } from '../../contract/paths.ts';
import { statusSchema } from '../../contract/status.ts';
import { type Api, answered } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import type { Status } from '../render/status.ts';
import type { Silence } from './silence.ts';

export type Entry = components['schemas']['JournalEntry'];

/** Where a deployment stands, and what its journal has since the last time. */
export interface Seen {
  readonly status: Status;
  readonly entries: readonly Entry[];
}

/** The API may be away so long, as while it is replaced, in milliseconds. */
const patienceMs = 5 * 60_000;
const pageLimit = 500;
/** Nobody asks again sooner, in milliseconds: a busy journal is read a few entries at a time. */
const paceMs = 200;
/** A status that is waited for comes so late while nothing happens, in seconds. */
const waitSeconds = 20;

/**
 * Follows a deployment from its first entry on, until it has ended or the signal is aborted, which rejects. What was seen is never
 * taken back. `silence` hears whether anything answers. Throws `not-ready` once the API has been away for five minutes.
 */
export async function* follow(api: Api, id: string, signal: AbortSignal, silence: Silence): AsyncGenerator<Seen> {
  const path = { id };
  let seq = 0;
  for (let isFirst = true; ; isFirst = false) {
    const query = isFirst ? {} : { wait: `${waitSeconds}s`, seq };
    const ask = () => answered(api.GET('/v1/deployments/{id}', { params: { path, query }, signal }), statusSchema);
    const mayTakeMs = isFirst ? 0 : waitSeconds * 1_000;
    const status = await patiently(() => silence.heed(ask, mayTakeMs), patienceMs, signal);
    const entries = await entriesAfter(api, id, seq, signal, silence);
    seq = entries.at(-1)?.seq ?? seq;
    yield { status, entries };
    if (status.outcome !== null && seq >= status.seq) return;
    await delay(paceMs, undefined, { signal });
  }
}

async function entriesAfter(
  api: Api,
  id: string,
  after: number,
  signal: AbortSignal,
  silence: Silence,
): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  for (;;) {
    const query = { after: all.at(-1)?.seq ?? after, limit: pageLimit };
    const ask = () =>
      answered(api.GET('/v1/deployments/{id}/journal', { params: { path: { id }, query }, signal }), journalPageSchema);
    const { items } = await patiently(() => silence.heed(ask), patienceMs, signal);
    all.push(...items);
    if (items.length < pageLimit) return all;
  }
}
