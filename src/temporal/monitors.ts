import type { Client, Payload } from '@temporalio/client';
import type { JsonObject } from '../domain/base/json.ts';

/** What Temporal keeps of health monitors while they run. */
export function createMonitors(client: Client) {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  return {
    /** What the monitor of a run said in its last heartbeat; null: there is none, or it has not said anything yet. */
    async lastHeard({ workflowId, runId }: { workflowId: string; runId: string }): Promise<JsonObject | null> {
      const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
      const monitors = (raw.pendingActivities ?? []).filter(({ activityType }) => activityType?.name === 'monitor');
      let payloads: Payload[] = monitors.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []);
      for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
      const [said] = payloads.map((payload) => payloadConverter.fromPayload<JsonObject>(payload));
      return said ?? null;
    },
  };
}
