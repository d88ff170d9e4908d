import { healthSoFarSchema } from '../../contract/health.ts';
import { type Api, answered } from '../api-client.ts';
import type { HealthSoFar } from '../render/health.ts';
import type { Status } from '../render/status.ts';
import type { Silence } from './silence.ts';

/** What the health checks have come to; null where nothing is watched, or nobody answers: it only helps people to judge. */
export async function healthSoFar(
  api: Api,
  { id, health }: Status,
  signal?: AbortSignal,
  silence?: Silence,
): Promise<HealthSoFar | null> {
  if (health.length === 0) return null;
  const options = { params: { path: { id } }, ...(signal && { signal }) };
  const ask = () => answered(api.GET('/v1/deployments/{id}/health', options), healthSoFarSchema);
  try {
    const soFar = await (silence ? silence.heedBeside(ask) : ask());
    return soFar.state === 'none' ? null : soFar;
  } catch {
    return null;
  }
}

/**
 * Asks for it again and again, each time so many milliseconds after the answer before, until the returned function is called.
 * `silence` hears whether anything answers.
 */
export function followHealth(
  api: Api,
  everyMs: number,
  silence: Silence,
  latest: () => Status | null,
  tell: (health: HealthSoFar) => void,
): () => void {
  const over = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  const ask = async () => {
    const status = latest();
    const health = status && status.outcome === null ? await healthSoFar(api, status, over.signal, silence) : null;
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
