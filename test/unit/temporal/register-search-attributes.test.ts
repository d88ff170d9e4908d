import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Connection } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType, TypedSearchAttributes } from '@temporalio/common';
import proto from '@temporalio/proto';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { temporalFindings } from '../../../src/main/doctor/temporal.ts';
import { connect, type TemporalConnection } from '../../../src/temporal/connection.ts';
import { type DevServer, startDevServer } from '../../../src/temporal/dev-server/dev-server.ts';
import { registerSearchAttributes, searchAttributeNames } from '../../../src/temporal/register-search-attributes.ts';
import { cliForTests } from '../../support/temporal.ts';

const { INDEXED_VALUE_TYPE_KEYWORD: keyword, INDEXED_VALUE_TYPE_TEXT: text } =
  proto.temporal.api.enums.v1.IndexedValueType;

// A server for each test, for a namespace keeps its attributes for good.
let server: DevServer;
let temporal: TemporalConnection;

beforeAll(async () => {
  await cliForTests();
}, 600_000);

beforeEach(async () => {
  server = await startDevServer({ cli: await cliForTests(), dataDir: null, uiPort: null });
  temporal = await connect(server);
  return async () => {
    await temporal.close();
    await server.stop();
  };
}, 40_000);

it('registers all of them as keywords that a workflow can be started with and found by at once', async () => {
  await registerSearchAttributes(temporal.connection, 'default');

  expect(await registered()).toEqual(Object.fromEntries(searchAttributeNames.map((name) => [name, keyword])));
  const values = searchAttributeNames.map((name) => ({
    key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
    value: `of ${name}`,
  }));
  await temporal.client.workflow.start('nothing', {
    taskQueue: 'nobody',
    workflowId: 'found',
    typedSearchAttributes: new TypedSearchAttributes(values),
  });
  const query = searchAttributeNames.map((name) => `${name} = 'of ${name}'`).join(' AND ');
  await expect.poll(() => found(query)).toEqual(['found']);
});

it('may be repeated, and done by several at once', async () => {
  const both = () => registerSearchAttributes(temporal.connection, 'default');

  await Promise.all([both(), both(), both()]);
  await both();

  expect(Object.keys(await registered()).sort()).toEqual([...searchAttributeNames].sort());
});

it('adds the ones that are missing', async () => {
  await add('GantryPhase', keyword);

  await registerSearchAttributes(temporal.connection, 'default');

  expect(Object.keys(await registered()).sort()).toEqual([...searchAttributeNames].sort());
});

it('refuses one that exists with another type, and gantry doctor knows how to make way and what is missing then', async () => {
  await add('GantryRelease', text);

  await expect(registerSearchAttributes(temporal.connection, 'default')).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining('GantryRelease'),
  });
  const examined = async () =>
    (await temporalFindings(temporal.connection, server)).find(({ check }) => check === 'search-attributes');
  const wrong = await examined();
  expect(wrong).toMatchObject({ state: 'fault', found: expect.stringContaining('than Keyword: GantryRelease') });
  const follow = async (advice: string) =>
    promisify(execFile)(await cliForTests(), [...advice.split(' ').slice(1), '--address', server.address]);
  await follow((wrong?.advice ?? '').split(',')[0] ?? '');
  const missing = await examined();
  expect(missing).toMatchObject({ state: 'fault', found: expect.stringContaining('are not registered in default') });
  await follow((missing?.advice ?? '').split(' (')[0] ?? '');
  expect(await examined()).toMatchObject({ state: 'ok' });
});

it('accepts that another process was faster', async () => {
  await registerSearchAttributes(temporal.connection, 'default');
  const late = answering('operatorService', {
    listSearchAttributes: () => Promise.resolve({ customAttributes: {} }),
    addSearchAttributes: () => Promise.reject(grpcError(6)),
  });

  await expect(registerSearchAttributes(late, 'default')).resolves.toBeUndefined();
});

it('waits until searches know them', async () => {
  let refusals = 3;
  const slow = answering('workflowService', {
    countWorkflowExecutions: () => {
      refusals -= 1;
      return refusals < 0 ? Promise.resolve({ count: 0 }) : Promise.reject(grpcError(3));
    },
  });

  await registerSearchAttributes(slow, 'default');

  expect(refusals).toBe(-1);
});

it('leaves registering to an administrator where it may not, and names the command', async () => {
  const denied = answering('operatorService', { listSearchAttributes: () => Promise.reject(grpcError(7)) });

  await expect(registerSearchAttributes(denied, 'default')).rejects.toMatchObject({
    code: 'invalid-config',
    message: expect.stringContaining('search-attribute create --namespace default --name GantryService --type Keyword'),
  });
  await registerSearchAttributes(temporal.connection, 'default');
  await expect(registerSearchAttributes(denied, 'default')).resolves.toBeUndefined();
});

it('reports that the server is gone', async () => {
  await server.stop();

  await expect(registerSearchAttributes(temporal.connection, 'default')).rejects.toMatchObject({
    code: 'engine-unavailable',
  });
}, 15_000);

/** The same connection, with some calls answered in another way. */
function answering(service: 'operatorService' | 'workflowService', calls: object): Connection {
  const value: unknown = Object.assign(Object.create(temporal.connection[service]), calls);
  return Object.create(temporal.connection, { [service]: { value } }) as Connection;
}

function grpcError(code: number): Error {
  return Object.assign(new Error(`gRPC ${code}`), { code, details: 'as asked', metadata: {} });
}

async function registered(): Promise<Record<string, number>> {
  const { customAttributes } = await temporal.connection.operatorService.listSearchAttributes({ namespace: 'default' });
  return Object.fromEntries(Object.entries(customAttributes).filter(([name]) => name.startsWith('Gantry')));
}

async function add(name: string, type: typeof keyword | typeof text): Promise<void> {
  const { operatorService } = temporal.connection;
  await operatorService.addSearchAttributes({ namespace: 'default', searchAttributes: { [name]: type } });
  await expect.poll(registered).toHaveProperty(name);
}

async function found(query: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of temporal.client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}
