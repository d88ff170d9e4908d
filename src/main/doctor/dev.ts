import { versionHeader } from '../../contract/service.ts';
import { withinLimit } from '../../system/time-limit.ts';
import { readEndpoints } from '../endpoints.ts';
import { type Findings, ok } from './finding.ts';

/** No API of this machine takes longer to say that it lives, in milliseconds. */
const answerMs = 2_000;

/**
 * Whether a `gantry dev` runs that keeps its state in `folder`. It gives itself what the variables leave out, so that their
 * faults are none of its own.
 */
export async function devFindings(folder: string): Promise<Findings> {
  const api = (await readEndpoints(folder))?.api;
  if (api === undefined || !(await isGantry(api))) return [];
  return [
    ok(
      'dev',
      `gantry dev runs at ${api}. What follows is not about it, but about what these variables would give gantry api and gantry worker.`,
    ),
  ];
}

/** By now something else may listen there. */
async function isGantry(api: string): Promise<boolean> {
  const ask = async (signal: AbortSignal) => {
    const { headers, body } = await fetch(`${api}/healthz`, { signal });
    await body?.cancel();
    return headers.has(versionHeader);
  };
  return withinLimit(answerMs, ask).catch(() => false);
}
