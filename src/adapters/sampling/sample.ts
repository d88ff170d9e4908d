import type { AdapterCatalog, AdapterContext, BoundCheck, Measurement } from '../../domain/adapters.ts';
import { now } from '../clock.ts';

export interface Sampler {
  readonly catalog: AdapterCatalog;
  readonly contextFor: (check: BoundCheck, signal: AbortSignal, timeoutMs: number) => AdapterContext;
}

/** One sample of a check. Whatever its adapter throws counts as `error`: it was not measured. */
export async function sample(
  check: BoundCheck,
  { catalog, contextFor }: Sampler,
  signal: AbortSignal,
): Promise<Measurement> {
  const startedAt = now();
  let mask = (text: string) => text;
  try {
    const adapter = catalog.checks.get(check.kind);
    if (!adapter) throw new Error(`this worker knows no check ${check.kind}`);
    const spec = adapter.schema.parse(check.spec);
    const context = contextFor(check, signal, check.sampling.timeoutMs);
    mask = (text) => context.secrets.mask(text);
    return await adapter.measure(spec, context);
  } catch (error) {
    const why = mask(error instanceof Error ? error.message : String(error));
    const summary = `could not be measured: ${why}`.slice(0, 300).toWellFormed();
    return { verdict: 'error', summary, observed: {}, startedAt, endedAt: now(), answeredBy: 'nobody' };
  }
}
