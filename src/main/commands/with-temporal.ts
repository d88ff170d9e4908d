import type { Config } from '../../config/config.ts';
import { connect, type TemporalConnection } from '../../temporal/connection.ts';
import { endpointOf } from '../open-parts.ts';

/** Works with the Temporal server of the configuration, which is connected meanwhile. */
export async function withTemporal<T>(config: Config, work: (temporal: TemporalConnection) => Promise<T>): Promise<T> {
  const temporal = await connect(await endpointOf(config));
  try {
    return await work(temporal);
  } finally {
    await temporal.close();
  }
}
