import { anyTargetSchema } from '../../contract/target.ts';
import { digestOfJson } from '../../domain/base/canonical-json.ts';
import { type Api, answered } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import type { Status } from '../render/status.ts';

/**
 * Requests a deployment for an attempt of a run, and finds the one of an earlier attempt where that is still open, or has
 * succeeded and serves: a job that is repeated takes it up. One that ended otherwise is left to its own attempt.
 * `keys`: of each attempt so far, the first one first. `ask`: sends the request under a key.
 */
export async function requestOnceARun(
  keys: readonly string[],
  ask: (key: string) => Promise<Status>,
  serves: (status: Status) => Promise<boolean>,
): Promise<Status> {
  let status: Status | undefined;
  for (const attempt of keys)
    for (let key = attempt; ; key = keyAfter(key, status.id)) {
      status = await ask(key);
      if (status.outcome === null) return status;
      if (status.outcome !== 'succeeded') break;
      // A run of the past that is repeated brings its release back.
      if (await serves(status)) return status;
    }
  if (!status) throw new Error('a run has at least one attempt');
  return status;
}

/** Whether its target serves what a deployment has brought there. */
export async function isServed(api: Api, { service, environment, release, artifact }: Status): Promise<boolean> {
  const params = { path: { service, environment } };
  const { live } = await patiently(() =>
    answered(api.GET('/v1/targets/{service}/{environment}', { params }), anyTargetSchema),
  );
  return live?.release === release && live.artifact.digest === artifact.digest;
}

const keyAfter = (key: string, id: string) => `gantry-${digestOfJson([key, id]).slice(7, 47)}`;
