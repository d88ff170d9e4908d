import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { GantryError } from '../domain/base/errors.ts';
import { searchAttributes } from '../domain/ports/search-attributes.ts';
import { hasGrpcCode } from './grpc-codes.ts';

/** What an operator can search for in Temporal's UI. All are keywords: compared as a whole, never split into words. */
export const searchAttributeNames = Object.values(searchAttributes).map(({ name }) => name);

const { INDEXED_VALUE_TYPE_KEYWORD: keyword, INDEXED_VALUE_TYPE_UNSPECIFIED: unspecified } =
  proto.temporal.api.enums.v1.IndexedValueType;

const callMs = 5_000;
/** Frontends of a cluster read new attributes from a cache that they renew about every ten seconds. */
const usableWithinMs = 30_000;
const lookAgainMs = 100;

/**
 * Registers Gantry's search attributes in the namespace and waits until they can be used. Safe to repeat, and safe
 * where several processes do it at once.
 * Throws `invalid-config` when one exists with another type or may not be registered by us, `engine-unavailable` when
 * the server does not answer or they do not become usable within 30 s.
 */
export async function registerSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  try {
    const missing = await missingAttributes(connection, namespace);
    if (missing.length > 0) await add(connection, namespace, missing);
  } catch (error) {
    if (error instanceof GantryError) throw error;
    // Where an administrator keeps registration to themselves, they may have done it already: then it does not matter.
    if (hasGrpcCode(error, 'permission-denied', 'unimplemented')) {
      if (await areUsable(connection, namespace)) return;
      throw new GantryError(
        'invalid-config',
        `Gantry may not register search attributes here. Somebody who may: ${attributesByHand(namespace)}`,
        { cause: error },
      );
    }
    throw new GantryError('engine-unavailable', `Temporal did not register the search attributes: ${String(error)}`, {
      cause: error,
    });
  }
  await untilUsable(connection, namespace);
}

/** Those that the namespace lacks. Throws `invalid-config` where one has another type. */
export async function missingAttributes(connection: Connection, namespace: string): Promise<readonly string[]> {
  const { customAttributes } = await bounded(connection, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  const typeOf = (name: string) => customAttributes[name] ?? unspecified;
  const wrong = searchAttributeNames.filter((name) => ![keyword, unspecified].includes(typeOf(name)));
  if (wrong.length > 0) {
    throw new GantryError(
      'invalid-config',
      `Search attributes of namespace "${namespace}" have another type than Keyword: ${wrong.join(', ')}`,
      {
        advice: `temporal operator search-attribute remove --namespace ${namespace} ${wrong.map((name) => `--name ${name}`).join(' ')} --yes`,
      },
    );
  }
  return searchAttributeNames.filter((name) => typeOf(name) === unspecified);
}

async function add(connection: Connection, namespace: string, names: readonly string[]): Promise<void> {
  const added = Object.fromEntries(names.map((name) => [name, keyword]));
  try {
    await bounded(connection, () =>
      connection.operatorService.addSearchAttributes({ namespace, searchAttributes: added }),
    );
  } catch (error) {
    // Another process was faster; that all of them are there is seen afterwards.
    if (!hasGrpcCode(error, 'already-exists')) throw error;
  }
}

async function untilUsable(connection: Connection, namespace: string): Promise<void> {
  const until = Date.now() + usableWithinMs;
  while (!(await areUsable(connection, namespace))) {
    if (Date.now() >= until) {
      throw new GantryError('engine-unavailable', `Temporal registered the search attributes but does not know them`);
    }
    await delay(lookAgainMs);
  }
}

/** Asked by using them: the list of attributes is ahead of what searches accept. */
async function areUsable(connection: Connection, namespace: string): Promise<boolean> {
  const query = searchAttributeNames.map((name) => `${name} = 'none'`).join(' AND ');
  try {
    await bounded(connection, () => connection.workflowService.countWorkflowExecutions({ namespace, query }));
    return true;
  } catch (error) {
    if (hasGrpcCode(error, 'invalid-argument')) return false;
    throw new GantryError('engine-unavailable', `Temporal did not answer a search: ${String(error)}`, { cause: error });
  }
}

function bounded<T>(connection: Connection, call: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + callMs, call);
}

/** The command that registers all of them. */
export function attributesByHand(namespace: string): string {
  const flags = searchAttributeNames.map((name) => `--name ${name} --type Keyword`).join(' ');
  return `temporal operator search-attribute create --namespace ${namespace} ${flags}`;
}
