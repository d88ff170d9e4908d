import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { Webhook } from 'standardwebhooks';
import { screen } from './screen.ts';

/** Where those who are told hear of it while the demo runs. */
export interface Receivers {
  readonly mail: { readonly address: string; readonly port: number };
  /** The address of the webhook, and the secret that signs what is sent there. */
  readonly webhook: string;
  readonly secret: string;
}

/** A mail server and a receiver of webhooks on loopback, which print what arrives. They end with the demo. */
export async function startReceivers(): Promise<Receivers> {
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const [mailPort, webhookPort] = await Promise.all([startMail(), startWebhook(secret)]);
  return {
    mail: { address: 'shop-team@shop.example', port: mailPort },
    webhook: `http://127.0.0.1:${webhookPort}/deployments`,
    secret,
  };
}

async function startMail(): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, { envelope }, done) {
      const to = envelope.rcptTo.map(({ address }) => address).join(', ');
      let mail = '';
      stream.setEncoding('utf8').on('data', (part: string) => (mail += part));
      stream.on('end', () => {
        screen.heard(`mail to ${to}: ${subjectOf(mail)}`);
        done();
      });
    },
  });
  // A connection that breaks off is its sender's to try again.
  server.on('error', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  server.server.unref();
  return portOf(server.server.address());
}

/** The subject as a person reads it: in one line, without the encoding of what is not ASCII. */
function subjectOf(mail: string): string {
  const [head = ''] = mail.split('\r\n\r\n');
  const subject = /^Subject: *(.*)$/im.exec(head.replace(/\r\n[ \t]+/g, ' '))?.[1] ?? 'no subject';
  return subject
    .replace(/(\?=) +(?==\?)/g, '$1')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, how: string, encoded: string) =>
      how.toLowerCase() === 'b' ? Buffer.from(encoded, 'base64').toString() : quotedPrintable(encoded),
    );
}

function quotedPrintable(encoded: string): string {
  const escaped = encoded.replaceAll('_', ' ').replaceAll('%', '%25');
  return decodeURIComponent(escaped.replace(/=([0-9A-F]{2})/gi, '%$1'));
}

async function startWebhook(secret: string): Promise<number> {
  const webhook = new Webhook(secret);
  const server = createServer((request, response) => void takeWebhook(webhook, request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return portOf(server.address());
}

/** Takes what is signed with our secret, and nothing else. */
async function takeWebhook(webhook: Webhook, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const { type, data } = webhook.verify(await text(request), headers) as Event;
    const status = [data.status?.phase, data.status?.outcome].filter((one) => typeof one === 'string').join(', ');
    screen.heard(`webhook ${type} of ${data.deployment}, signature verified (${status || 'no status yet'})`);
    response.writeHead(204).end();
  } catch (error) {
    screen.bad(`a webhook that is not taken: ${error instanceof Error ? error.message : String(error)}`);
    response.writeHead(401).end();
  }
}

interface Event {
  readonly type: string;
  readonly data: {
    readonly deployment: string;
    readonly status?: { readonly phase?: string | null; readonly outcome?: string | null } | null;
  };
}

const portOf = (address: AddressInfo | string | null) => (typeof address === 'object' && address ? address.port : 0);
