export type Nudges = ReturnType<typeof createNudges>;

/** The cancellation reaches the server once the workflow's task is completed, in so many milliseconds. */
const afterMs = [15, 50, 150];

/**
 * Reaches activities of this process ahead of their next heartbeat, which carries their state and on which a cancellation
 * would come back. A monitor beats once a second, and the ends of phases and of the deployment wait for it.
 */
export function createNudges() {
  const beats = new Map<string, Set<() => void>>();
  /** Has those of a workflow beat now, since their state is waited for. */
  const ask = (workflowId: string) => {
    for (const beat of beats.get(workflowId) ?? []) beat();
  };
  return {
    ask,
    /** Has `beat` called whenever a workflow nudges; the answer ends that. */
    listen(workflowId: string, beat: () => void): () => void {
      const own = beats.get(workflowId) ?? new Set();
      beats.set(workflowId, own.add(beat));
      return () => {
        own.delete(beat);
        if (own.size === 0 && beats.get(workflowId) === own) beats.delete(workflowId);
      };
    },
    /** The workflow is about to cancel what it has under way. Activities of other processes get it with their next heartbeat. */
    nudge(workflowId: string): void {
      for (const ms of afterMs) setTimeout(() => ask(workflowId), ms).unref();
    },
  };
}
