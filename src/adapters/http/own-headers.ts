import type { AdapterContext } from '../../domain/kinds/adapter.ts';

/** What each request of a step or check says of itself, whatever its own headers are: a command has the same in its environment. */
export function ownHeaders({ deployment, fence, step, stepKey }: AdapterContext['identity']) {
  return {
    'gantry-deployment': deployment,
    'gantry-fence': String(fence),
    'gantry-step': step,
    'gantry-step-key': stepKey,
    'idempotency-key': stepKey,
  };
}
