import type { Client, Payload, WorkflowHandle } from '@temporalio/client';
import type { JsonObject } from '../domain/base/json.ts';
import type { Monitors } from '../domain/ports/temporal.ts';

/** A heartbeat, and the worker that it came from (`host/pid`). */
export interface Heard {
  readonly heartbeat: JsonObject;
  readonly worker: string | null;
}

/** The last heartbeat of the health monitor of a run; null: there is no monitor, or no heartbeat yet. It asks Temporal alone. */
export async function heardOf(
  handle: Pick<WorkflowHandle, 'describe'>,
  { options: { loadedDataConverter } }: Pick<Client, 'options'>,
): Promise<Heard | null> {
  const { payloadCodecs, payloadConverter } = loadedDataConverter;
  const { raw } = await handle.describe();
  const monitor = raw.pendingActivities?.find(
    ({ activityType, heartbeatDetails }) => activityType?.name === 'monitor' && heartbeatDetails?.payloads?.length,
  );
  let payloads: Payload[] = monitor?.heartbeatDetails?.payloads ?? [];
  for (const codec of payloadCodecs.toReversed()) payloads = await codec.decode(payloads);
  const [payload] = payloads;
  if (!payload) return null;
  return {
    heartbeat: payloadConverter.fromPayload<JsonObject>(payload),
    worker: monitor?.lastWorkerIdentity || null,
  };
}

/** What Temporal keeps of health monitors while they run. */
export function createMonitors(client: Client): Monitors {
  return {
    async lastHeard({ workflowId, runId }) {
      const heard = await heardOf(client.workflow.getHandle(workflowId, runId), client);
      return heard?.heartbeat ?? null;
    },
  };
}
