import type { Incoming, Reply } from '../fake-target.ts';
import type { Fault } from '../plan.ts';
import type { Stage } from '../stage.ts';

/** Bends the one request for an effect that the fault waits for; the next one takes its usual way. */
export function onAction(stage: Stage, { at }: Fault, how: (request: Incoming) => Promise<Reply | 'cut'>): void {
  if (at.kind !== 'effect') return;
  const release = stage.target.bend((request) => {
    const isIt = request.deployment === stage.deployment && request.step === at.step && request.undo === at.undo;
    if (!request.isAction || !isIt) return null;
    release();
    return how(request);
  });
}

/** Bends what the deployment's questions for an effect are answered, as long as `how` says something. */
export function onReadBack(stage: Stage, how: (request: Incoming) => Promise<Reply | 'cut'> | null): () => void {
  return stage.target.bend((request) =>
    request.deployment === stage.deployment && !request.isAction && request.step === 'done' ? how(request) : null,
  );
}
