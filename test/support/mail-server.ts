import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { ownCertificate, ownKey } from './certificate.ts';

/** A mail server on loopback, and the mails it took, as they came. */
export interface MailServer {
  readonly port: number;
  readonly mails: readonly string[];
  close(): Promise<void>;
}

/**
 * Starts one. `onMail` says what becomes of each mail once it is there whole; without it all are taken. By default it
 * offers STARTTLS with a certificate that nobody trusts.
 */
export async function startMailServer(
  options: SMTPServerOptions = {},
  onMail: (done: (error?: Error & { responseCode?: number }) => void, cut: () => void) => void = (done) => done(),
): Promise<MailServer> {
  const mails: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    key: ownKey,
    cert: ownCertificate,
    disableReverseLookup: true,
    logger: false,
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString('utf8'));
        onMail(
          (error) => callback(error ?? null),
          () => {
            for (const socket of sockets) socket.destroy();
          },
        );
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket: Socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What a server says to a mail, with its code. */
export function smtpError(responseCode: number, message: string): Error & { responseCode: number } {
  return Object.assign(new Error(message), { responseCode });
}
