import type { Client, Payload } from '@temporalio/client';
import type { JsonObject } from '../domain/base/json.ts';

/** What Temporal keeps of health monitors while they run. */
export function createMonitors(client: Client) {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  return {
    /** The last heartbeat of a run's monitor; null: there is no monitor, or it has sent none yet. */
    async lastHeard({ workflowId, runId }: { workflowId: string; runId: string }): Promise<JsonObject | null> {
      const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
      const monitors = (raw.pendingActivities ?? []).filter(({ activityType }) => activityType?.name === 'monitor');
      let payloads: Payload[] = monitors.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []);
      for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
      const [heartbeat] = payloads;
      return heartbeat ? payloadConverter.fromPayload<JsonObject>(heartbeat) : null;
    },
  };
}
