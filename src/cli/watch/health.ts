import { healthSoFarSchema } from '../../contract/health.ts';
import { type Api, answered } from '../api-client.ts';
import type { HealthSoFar } from '../render/health.ts';
import type { Status } from '../render/status.ts';

/** What the health checks have come to; null where nothing is watched, or nobody answers: it only helps people to judge. */
export async function healthSoFar(api: Api, { id, health }: Status, signal?: AbortSignal): Promise<HealthSoFar | null> {
  if (health.length === 0) return null;
  try {
    const asked = api.GET('/v1/deployments/{id}/health', { params: { path: { id } }, ...(signal && { signal }) });
    const soFar = await answered(asked, healthSoFarSchema);
    return soFar.state === 'none' ? null : soFar;
  } catch {
    return null;
  }
}

/** Asks for it again and again, each time so many milliseconds after the answer before, until the returned function is called. */
export function followHealth(
  api: Api,
  everyMs: number,
  latest: () => Status | null,
  tell: (health: HealthSoFar) => void,
): () => void {
  const over = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  const ask = async () => {
    const status = latest();
    const health = status && status.outcome === null ? await healthSoFar(api, status, over.signal) : null;
    if (over.signal.aborted) return;
    if (health) tell(health);
    timer = setTimeout(() => void ask(), everyMs);
  };
  void ask();
  return () => {
    over.abort();
    if (timer) clearTimeout(timer);
  };
}
