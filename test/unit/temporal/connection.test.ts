import { once } from 'node:events';
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../../../src/temporal/connection.ts';
import { type DevServer, startDevServer } from '../../../src/temporal/dev-server/dev-server.ts';
import { freePorts } from '../../../src/temporal/dev-server/free-ports.ts';
import { connectWorker } from '../../../src/temporal/worker-connection.ts';
import { latch } from '../../support/latch.ts';
import { cliForTests } from '../../support/temporal.ts';

let temporal: DevServer;

beforeAll(async () => {
  temporal = await startDevServer({ cli: await cliForTests(), dataDir: null, uiPort: null });
});

afterAll(() => temporal.stop());

it('connects a client to the namespace', async () => {
  const { client, close } = await connect(temporal, { identity: 'tester' });

  expect(client.options.namespace).toBe(temporal.namespace);
  expect(client.options.identity).toBe('tester');
  await expect(client.workflow.getHandle('none').describe()).rejects.toThrow(/not found/i);
  await close();
});

it('connects a worker', async () => {
  const connection = await connectWorker(temporal);

  expect(await connection.workflowService.getSystemInfo({})).toHaveProperty('serverVersion');
  await connection.close();
});

describe('where the environment names proxies that are not there', () => {
  const names = ['http_proxy', 'https_proxy', 'grpc_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  const before = names.map((name) => [name, process.env[name]] as const);
  beforeAll(async () => {
    const [port] = await freePorts('127.0.0.1', 1);
    for (const name of names) process.env[name] = `http://127.0.0.1:${port}`;
  });
  afterAll(() => {
    for (const [name, value] of before)
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  });

  it('connects client and worker to a server on this machine', async () => {
    const { client, close } = await connect(temporal);
    const worker = await connectWorker(temporal);

    for (const { workflowService } of [client, worker])
      expect(await workflowService.getSystemInfo({})).toHaveProperty('serverVersion');
    await close();
    await worker.close();
  });
});

it('refuses a namespace that is not there', async () => {
  await expect(connect({ ...temporal, namespace: 'elsewhere' })).rejects.toMatchObject({
    code: 'invalid-config',
    message: `Temporal at ${temporal.address} has no namespace "elsewhere"`,
  });
});

// They wait, each for seconds, so they do it side by side.
describe.concurrent('a server that does not answer at once', () => {
  it.each([
    ['client', connect],
    ['worker', connectWorker],
  ])(
    'gives up within 5 s when nobody listens (%s)',
    async (_name, open) => {
      const [port] = await freePorts('127.0.0.1', 1);
      const address = `127.0.0.1:${port}`;
      const start = Date.now();

      await expect(open({ address, namespace: 'default' })).rejects.toMatchObject({
        code: 'engine-unavailable',
        message: expect.stringContaining(`Temporal at ${address} does not answer`),
      });
      expect(Date.now() - start).toBeLessThan(6_000);
    },
    15_000,
  );

  it.each([
    ['client', connect],
    ['worker', connectWorker],
  ])(
    'gives up after 5 s when somebody listens who never answers (%s)',
    async (_name, open) => {
      const { address, end } = await listenSilently();
      const start = Date.now();

      await expect(open({ address, namespace: 'default' })).rejects.toMatchObject({ code: 'engine-unavailable' });
      expect(Date.now() - start).toBeLessThan(6_000);
      await end();
    },
    15_000,
  );

  it('asks a server that is too busy for a moment again soon enough, as often as it takes', async () => {
    let asked = 0;
    const server = await answering(() => {
      asked += 1;
      return asked <= 6 ? resourceExhausted : 0;
    });
    try {
      const { close } = await connect(server);
      await close();
      expect(asked).toBeGreaterThan(6);
    } finally {
      server.close();
    }
  });

  it('reaches a server within two seconds of its return, however long it was away', async () => {
    const before = await answering(() => 0);
    const { connection, close } = await connect(before);
    const ask = (limitMs: number) =>
      connection.withDeadline(Date.now() + limitMs, () => connection.workflowService.getSystemInfo({}));
    await before.die();
    for (const until = Date.now() + 6_000; Date.now() < until; )
      await expect(ask(500)).rejects.toThrow(/UNAVAILABLE|DEADLINE_EXCEEDED/);
    const after = await answering(() => 0, before.port);
    try {
      expect(await ask(2_000)).toBeDefined();
    } finally {
      await close();
      await after.die();
    }
  });
});

async function listenSilently() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const end = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  return { address: `127.0.0.1:${address.port}`, end };
}

/** A server of gRPC that answers each call with a status, and with an empty message where that is 0. */
async function answering(statusOf: (path: string) => number, onPort = 0) {
  const sessions = new Set<ServerHttp2Session>();
  const server = createHttp2Server().on('session', (session) => sessions.add(session));
  server.on('stream', (stream, headers) => {
    const head = { ':status': 200, 'content-type': 'application/grpc' };
    const status = statusOf(String(headers[':path']));
    if (status !== 0) {
      stream.respond({ ...head, 'grpc-status': status, 'grpc-message': 'not now' }, { endStream: true });
      return;
    }
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': 0 }));
    stream.end(Buffer.alloc(5));
  });
  server.listen(onPort, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const die = async () => {
    for (const session of sessions) session.destroy();
    server.close();
    await once(server, 'close');
  };
  return { address: `127.0.0.1:${port}`, port, namespace: 'default', close: () => server.close(), die };
}

const resourceExhausted = 8;
const unavailable = 14;

it('ends a call that waits to be tried again when the connection is closed, and throws nowhere else', async () => {
  const asked = latch();
  const server = await answering((path) => {
    if (!path.endsWith('/DescribeWorkflowExecution')) return 0;
    asked.open();
    return unavailable;
  });
  const thrown: unknown[] = [];
  const keep = (error: unknown) => thrown.push(error);
  process.prependListener('uncaughtException', keep);
  try {
    const { client, close } = await connect(server);
    const call = client.workflow.getHandle('any').describe();
    const ended = call.then(
      () => 'answered',
      () => 'failed',
    );
    await asked.closed;
    await close();
    expect(await ended).toBe('failed');
    expect(thrown).toEqual([]);
  } finally {
    process.removeListener('uncaughtException', keep);
    server.close();
  }
});
