import { messageOf } from '../../domain/base/errors.ts';
import type { AdapterCatalog, AdapterContext, Measurement, PlannedCheck } from '../../domain/kinds/adapter.ts';
import { heldToLimit } from '../../domain/kinds/late-answer.ts';
import { now } from '../clock.ts';

export interface Sampler {
  readonly catalog: AdapterCatalog;
  readonly contextFor: (check: PlannedCheck, signal: AbortSignal, timeoutMs: number) => AdapterContext;
}

/** One sample of a check. Whatever its adapter throws counts as `error`, and so does what came too late: it was not measured. */
export async function sample(
  check: PlannedCheck,
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
    const began = performance.now();
    const measured = await adapter.measure(spec, context);
    return heldToLimit(
      measured,
      measured.tookMs ?? performance.now() - began,
      check.sampling.timeoutMs,
      adapter.whenLate,
    );
  } catch (error) {
    const why = mask(messageOf(error));
    const summary = `could not be measured: ${why}`.slice(0, 300).toWellFormed();
    return { verdict: 'error', summary, observed: {}, startedAt, endedAt: now(), answeredBy: 'nobody' };
  }
}
