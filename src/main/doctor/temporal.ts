import type { Connection } from '@temporalio/client';
import { GantryError } from '../../domain/base/errors.ts';
import type { TemporalEndpoint } from '../../temporal/connection.ts';
import { attributesByHand, missingAttributes } from '../../temporal/register-search-attributes.ts';
import { type Finding, type Findings, fault, ok, warning } from './finding.ts';

const day = 86_400;
/** A repair reads the history first: as long as a person may take to look at a stuck deployment. */
const retentionDays = 7;
/** The oldest server that Gantry is tested on. */
const oldest = [1, 29] as const;

/** Why Temporal could not be connected, and what to do. */
export function unreachableFinding(error: unknown, { address, namespace }: TemporalEndpoint): Finding {
  if (!(error instanceof GantryError)) throw error;
  if (error.code === 'invalid-config')
    return fault(
      'namespace',
      `${error.message}.`,
      `temporal operator namespace create --address ${address} --namespace ${namespace} --retention ${retentionDays * 24}h`,
    );
  return fault(
    'temporal',
    `${error.message}.`,
    'start Temporal, or mend TEMPORAL_ADDRESS and TEMPORAL_TLS…: nothing moves without it',
  );
}

/** Version, retention and search attributes of a server that answers. */
export async function temporalFindings(
  connection: Connection,
  { address, namespace }: TemporalEndpoint,
): Promise<Findings> {
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  const update = `temporal operator namespace update --address ${address} --namespace ${namespace} --retention ${retentionDays * 24}h`;
  return [
    isOld(serverVersion)
      ? warning(
          'temporal',
          `The server at ${address} is ${serverVersion}.`,
          `bring it to ${oldest.join('.')} or later: Gantry is tested from there on`,
        )
      : ok('temporal', `The server at ${address} is ${serverVersion}.`),
    seconds < retentionDays * day
      ? warning(
          'retention',
          `Histories in ${namespace} are kept for ${(seconds / day).toFixed(1)} days, and a repair reads them.`,
          update,
        )
      : ok('retention', `Histories in ${namespace} are kept for ${Math.floor(seconds / day)} days.`),
    await attributeFinding(connection, namespace),
  ];
}

function isOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

async function attributeFinding(connection: Connection, namespace: string): Promise<Finding> {
  const advice = attributesByHand(namespace);
  try {
    const missing = await missingAttributes(connection, namespace);
    if (missing.length === 0) return ok('search-attributes', 'All of them are registered.');
    return fault(
      'search-attributes',
      `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not registered in ${namespace}.`,
      `${advice} (an API or worker that may does so when it starts)`,
    );
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return fault(
      'search-attributes',
      `${error.message}.`,
      error.advice === undefined ? 'ask again once Temporal answers' : `${error.advice}, if nothing else needs them`,
    );
  }
}
