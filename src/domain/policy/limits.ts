import { z } from 'zod';
import { durationSchema } from '../base/duration-schema.ts';
import { means } from '../base/means.ts';

/** How long each thing may take at most, and what holds where a policy does not say: nothing waits without end. */
export const limitsSchema = z
  .strictObject({
    window: durationSchema.prefault('7d').meta(means('The longest wait for a window')),
    target: durationSchema.prefault('24h').meta(means('The longest wait for the target')),
    executing: durationSchema.prefault('4h').meta(means('All steps together, without pauses')),
    step: durationSchema.prefault('10m').meta(means('One step')),
    gate: durationSchema.prefault('4h').meta(means('The longest wait at a gate between steps')),
    manual: durationSchema.prefault('4h').meta(means('The longest wait for a manual step')),
    pause: durationSchema.prefault('4h').meta(means('All pauses of a deployment together')),
    monitoring: durationSchema.prefault('7d').meta(means('The longest monitoring period')),
    store: durationSchema.prefault('30s').meta(means('How long a silent store is waited for before an action')),
    notification: durationSchema
      .prefault('10m')
      .meta(means('How long a request waits until everybody who hears of it has been reached')),
  })
  .prefault({});

/** In milliseconds. */
export type Limits = Readonly<z.infer<typeof limitsSchema>>;
