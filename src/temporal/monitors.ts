import type { Client, Payload } from '@temporalio/client';
import type { JsonObject } from '../domain/base/json.ts';
import type { Monitors } from '../domain/ports/temporal.ts';

/** What Temporal keeps of health monitors while they run. */
export function createMonitors(client: Client): Monitors {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  return {
    async lastHeard({ workflowId, runId }) {
      const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
      const monitors = (raw.pendingActivities ?? []).filter(({ activityType }) => activityType?.name === 'monitor');
      let payloads: Payload[] = monitors.flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads ?? []);
      for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
      const [heartbeat] = payloads;
      return heartbeat ? payloadConverter.fromPayload<JsonObject>(heartbeat) : null;
    },
  };
}
