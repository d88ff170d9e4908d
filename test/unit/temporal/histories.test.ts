import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalHeader } from '../../../src/domain/journal/batch.ts';
import type { JournalEntry } from '../../../src/domain/journal/entries.ts';
import { type DevServer, startDevServer } from '../../../src/temporal/dev-server/dev-server.ts';
import { createHistories, deploymentIn } from '../../../src/temporal/histories.ts';
import { goodJournal } from '../../support/journal.ts';
import { cliForTests } from '../../support/temporal.ts';

const key = randomBytes(32);
/** Encrypts whole payloads, as Temporal's own sample does. Like most codecs it takes nothing that it has not made. */
const codec: PayloadCodec = {
  encode: async (payloads) =>
    payloads.map((payload) => {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const plain = JSON.stringify({
        encoding: Buffer.from(payload.metadata?.['encoding'] ?? []).toString(),
        data: Buffer.from(payload.data ?? []).toString('base64'),
      });
      const data = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag(), iv]);
      return { metadata: { encoding: Buffer.from('binary/encrypted') }, data };
    }),
  decode: async (payloads) =>
    payloads.map((payload) => {
      const bytes = Buffer.from(payload.data ?? []);
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(-12));
      decipher.setAuthTag(bytes.subarray(-28, -12));
      const text = decipher.update(bytes.subarray(0, -28)).toString() + decipher.final().toString();
      const { encoding, data } = JSON.parse(text) as { encoding: string; data: string };
      return { metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data, 'base64') };
    }),
};

describe('a history whose payloads a codec has encrypted', () => {
  let server: DevServer;
  let connection: Connection;
  let client: Client;
  beforeAll(async () => {
    server = await startDevServer({ cli: await cliForTests(), dataDir: null, uiPort: null });
    connection = await Connection.connect({ address: server.address });
    const dataConverter = { payloadCodecs: [codec] };
    client = new Client({ connection, namespace: server.namespace, dataConverter });
  });
  afterAll(async () => {
    await connection?.close();
    await server?.stop();
  });

  it('is read by the converter of the client', async () => {
    const { plan, planDigest, journal } = goodJournal();
    const workflowId = `deployment/${randomUUID()}/production/7`;
    // No worker is needed to read what it was started with.
    const handle = await client.workflow.start('deployment', {
      workflowId,
      taskQueue: randomUUID(),
      args: [{ plan, planDigest, seals: null, number: 7 }],
    });
    try {
      expect(await createHistories(client).read(workflowId)).toMatchObject({
        id: 'shop.production.7',
        plan,
        planDigest,
        number: 7,
        journal: [],
      });
      // Headers go past codecs; a proxy in between may have encoded them all the same.
      const { events = [] } = await handle.fetchHistory();
      const plainly = (entries: readonly JournalEntry[]) =>
        defaultPayloadConverter.toPayload({ deployment: 'shop.production.7', entries, row: null });
      const scheduled = (payload: Payload | undefined) => ({
        activityTaskScheduledEventAttributes: { header: { fields: { [journalHeader]: payload ?? {} } } },
      });
      const [encoded] = await codec.encode([plainly(journal.slice(1))]);
      const history = { events: [...(events ?? []), scheduled(plainly(journal.slice(0, 1))), scheduled(encoded)] };
      const read = await deploymentIn(history, client.options.loadedDataConverter);
      expect(read?.journal).toStrictEqual(journal);
    } finally {
      await handle.terminate();
    }
  });
});
