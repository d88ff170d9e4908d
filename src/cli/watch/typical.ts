import { deploymentPageSchema } from '../../contract/deployment.ts';
import { journalPageSchema } from '../../contract/journal.ts';
import { type Api, answered } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import type { Entry } from './follow.ts';

/** How long each phase took lately, in milliseconds: the median of the newest deployments of a target that succeeded. */
export type Typical = Readonly<Record<string, number>>;

const maxDeployments = 5;
/** It is asked again so long while nothing answers, in milliseconds. */
const patienceMs = 10_000;

/** Reads it from the journals of what ran last; empty where nothing did, or where it cannot be read. */
export async function typicalTimes(
  api: Api,
  service: string,
  environment: string,
  signal: AbortSignal,
): Promise<Typical> {
  try {
    const query = { service, environment, outcome: 'succeeded', limit: maxDeployments } as const;
    const { items } = await patiently(
      () => answered(api.GET('/v1/deployments', { params: { query }, signal }), deploymentPageSchema),
      patienceMs,
      signal,
    );
    const journals = await Promise.all(
      items.map(({ id }) =>
        answered(
          api.GET('/v1/deployments/{id}/journal', { params: { path: { id }, query: { limit: 500 } }, signal }),
          journalPageSchema,
        ),
      ),
    );
    return mediansOf(journals.map(({ items: entries }) => phaseTimes(entries)));
  } catch {
    // It only helps people to judge what they see.
    return {};
  }
}

/** How long each phase of a journal has lasted, in milliseconds; the last one has not ended. */
export function phaseTimes(entries: readonly Entry[]): Typical {
  const entered = entries.filter((entry) => entry.type === 'phase-entered' || entry.type === 'ended');
  const times: Record<string, number> = {};
  for (const [i, entry] of entered.entries()) {
    const next = entered[i + 1];
    const { phase } = entry as { readonly phase?: unknown };
    if (next && typeof phase === 'string')
      times[phase] = (times[phase] ?? 0) + Date.parse(next.at) - Date.parse(entry.at);
  }
  return times;
}

function mediansOf(all: readonly Typical[]): Typical {
  const names = [...new Set(all.flatMap((one) => Object.keys(one)))];
  return Object.fromEntries(names.map((name) => [name, median(all.flatMap((one) => one[name] ?? []))]));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
