import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SMTPServerOptions } from 'smtp-server';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connectTo } from '../../../../src/adapters/http/connect.ts';
import { ownCertificate } from '../../../support/certificate.ts';
import { type MailServer, smtpError, startMailServer } from '../../../support/mail-server.ts';
import { attempt, injections, notice } from '../../../support/notices.ts';

const open: { close(): Promise<void> }[] = [];
let secrets: string;
beforeAll(async () => {
  secrets = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await writeFile(join(secrets, 'mail-password'), 'a password of some length\n');
  await writeFile(join(secrets, 'mail-ca'), ownCertificate);
  await writeFile(join(secrets, 'duty'), 'duty@shop.example\n');
  await writeFile(join(secrets, 'duties'), 'a@shop.example, b@shop.example\n');
});
afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));
afterAll(() => rm(secrets, { recursive: true, force: true }));

async function server(
  options: SMTPServerOptions = {},
  ...more: [Parameters<typeof startMailServer>[1]?]
): Promise<MailServer> {
  const started = await startMailServer(options, ...more);
  open.push(started);
  return started;
}
const settingsOf = ({ port }: { port: number }, more: object = {}) => ({
  host: '127.0.0.1',
  port,
  from: 'gantry@shop.example',
  ...more,
});
const send = (
  to: { port: number },
  how: { settings?: object; timeoutMs?: number; notice?: typeof notice; email?: unknown } = {},
) =>
  attempt(
    'email',
    { email: how.email ?? 'ops@shop.example' },
    {
      secrets,
      settings: settingsOf(to, how.settings),
      ...(how.timeoutMs === undefined ? {} : { timeoutMs: how.timeoutMs }),
      ...(how.notice ? { notice: how.notice } : {}),
    },
  );
const headersOf = (mail: string) =>
  mail
    .slice(0, mail.indexOf('\r\n\r\n'))
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');
const idOf = (mail: string) => headersOf(mail).find((line) => /^message-id:/i.test(line));

it('connects to no mail server once the attempt is over, and closes what is on its way', async () => {
  let connections = 0;
  const listening = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => new Promise((resolve) => listening.close(() => resolve())) });
  const to = { host: '127.0.0.1', port: (listening.address() as AddressInfo).port };
  await expect(connectTo(to, AbortSignal.abort(new Error('over')))).rejects.toThrow('over');
  const going = new AbortController();
  const connecting = connectTo(to, going.signal);
  going.abort(new Error('over now'));
  await expect(connecting).rejects.toThrow('over now');
  // Whoever is let in afterwards is the only one.
  (await connectTo(to, new AbortController().signal)).destroy();
  expect(connections).toBeLessThanOrEqual(1);
});

describe('a mail', () => {
  it('arrives as text and HTML, over TLS and with a login, the same Message-ID at each attempt', async () => {
    const logins: unknown[] = [];
    const mails = await server({
      authOptional: false,
      onAuth({ username, password }, { secure }, done) {
        logins.push({ username, password, secure });
        done(null, { user: username });
      },
    });
    const settings = {
      tls: 'starttls',
      host: 'localhost',
      user: 'gantry',
      password: `\${secret:mail-password}`,
      ca: `\${secret:mail-ca}`,
    };
    for (const _ of [1, 2])
      expect(await send(mails, { settings })).toMatchObject({
        result: 'delivered',
        summary: expect.stringMatching(/^250 /),
      });
    expect(logins).toContainEqual({ username: 'gantry', password: 'a password of some length', secure: true });
    const [first = '', second = ''] = mails.mails;
    expect(headersOf(first)).toEqual(
      expect.arrayContaining([
        'From: Gantry <gantry@shop.example>',
        'To: ops@shop.example',
        `Subject: ${notice.subject}`,
        `Message-ID: <${notice.deliveryId}@shop.example>`,
        'Date: Mon, 23 Nov 2026 09:15:20 +0000',
        'Auto-Submitted: auto-generated',
      ]),
    );
    expect(first).toContain('Content-Type: text/plain');
    expect(first).toContain('Content-Type: text/html');
    expect(first).toContain('https://gantry.example/v1/deployments/shop.production.7');
    expect(idOf(second)).toBe(idOf(first));
  });

  it('goes to one address, of the policy or of a secret', async () => {
    const mails = await server();
    expect(await send(mails, { email: { to: `\${secret:duty}` } })).toMatchObject({ result: 'delivered' });
    expect(headersOf(mails.mails[0] ?? '')).toContain('To: duty@shop.example');
    expect(await send(mails, { email: `\${secret:duties}` })).toMatchObject({ result: 'refused' });
    for (const email of [
      'a@b, c@d',
      'Ops <ops@shop.example>',
      'ops@shop.example\r\nBcc: x@y',
      'ops',
      '"a b"@c',
      'a@b>',
    ])
      await expect(send(mails, { email })).rejects.toBeInstanceOf(z.ZodError);
    expect(mails.mails).toHaveLength(1);
  });

  it.each(injections)('has no other headers, recipients or parts for %j', async (text) => {
    const recipients: string[] = [];
    const mails = await server({
      onRcptTo({ address }, _, done) {
        recipients.push(address);
        done();
      },
    });
    const spoiled = { ...notice, subject: text, lines: [text], wanted: { who: text, what: text, until: null } };
    expect(await send(mails, { notice: spoiled })).toMatchObject({ result: 'delivered' });
    expect(recipients).toEqual(['ops@shop.example']);
    expect(mails.mails).toHaveLength(1);
    expect(headersOf(mails.mails[0] ?? '').map((line) => line.split(':')[0])).toEqual([
      'Auto-Submitted',
      'X-Auto-Response-Suppress',
      'From',
      'To',
      'References',
      'Subject',
      'Message-ID',
      'Date',
      'MIME-Version',
      'Content-Type',
    ]);
  });
});

describe('a mail server', () => {
  it.each<readonly [string, SMTPServerOptions, 'again' | 'refused', RegExp]>([
    [
      'greylists',
      { onRcptTo: (_, __, done) => done(smtpError(451, 'Greylisted, come again')) },
      'again',
      /451 Greylisted/,
    ],
    [
      'knows no such mailbox',
      { onRcptTo: (_, __, done) => done(smtpError(550, 'No such user')) },
      'refused',
      /550 No such user/,
    ],
    ['refuses the sender', { onMailFrom: (_, __, done) => done(smtpError(553, 'Not you')) }, 'refused', /553 Not you/],
    [
      'wants a login first',
      { onMailFrom: (_, __, done) => done(smtpError(530, 'Authentication required')) },
      'again',
      /530/,
    ],
    ['is too busy to greet', { onConnect: (_, done) => done(smtpError(421, 'Too many connections')) }, 'again', /421/],
    ['serves nobody today', { onConnect: (_, done) => done(smtpError(554, 'No service')) }, 'again', /554/],
  ])('that %s', async (_, options, result, summary) => {
    const mails = await server(options);
    expect(await send(mails)).toMatchObject({ result, summary: expect.stringMatching(summary) });
    expect(mails.mails).toHaveLength(0);
  });

  it.each<readonly [number, 'again' | 'refused']>([
    [452, 'again'],
    [552, 'refused'],
    [554, 'refused'],
  ])('that answers %i to the whole mail means %s', async (code, result) => {
    const mails = await server({}, (done) => done(smtpError(code, 'No')));
    expect(await send(mails)).toMatchObject({ result, summary: expect.stringContaining(String(code)) });
  });

  it('that drops the connection in the middle gets the same mail again', async () => {
    let isCutting = true;
    const mails = await server({}, (done, cut) => (isCutting ? cut() : done()));
    expect(await send(mails)).toMatchObject({ result: 'again' });
    isCutting = false;
    expect(await send(mails)).toMatchObject({ result: 'delivered' });
    expect(mails.mails).toHaveLength(2);
    expect(idOf(mails.mails[1] ?? '')).toBe(idOf(mails.mails[0] ?? ''));
  });

  it('with an untrusted certificate gets nothing, and the attempt reports that', async () => {
    const mails = await server();
    expect(await send(mails, { settings: { tls: 'starttls' } })).toMatchObject({
      result: 'again',
      summary: expect.stringMatching(/TLS|certificate/i),
    });
    const implicit = await server({ secure: true });
    expect(await send(implicit, { settings: { tls: 'implicit' } })).toMatchObject({
      result: 'again',
      summary: expect.stringMatching(/TLS|certificate/i),
    });
    expect(
      await send(implicit, { settings: { tls: 'implicit', host: 'localhost', ca: `\${secret:mail-ca}` } }),
    ).toMatchObject({ result: 'delivered' });
    expect([mails.mails, implicit.mails].map((all) => all.length)).toEqual([0, 1]);
  });

  it('that offers no TLS gets nothing where TLS is asked for, not even the login', async () => {
    const logins: unknown[] = [];
    const mails = await server({
      hideSTARTTLS: true,
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      onAuth(auth, _, done) {
        logins.push(auth);
        done(null, { user: 'x' });
      },
    });
    const settings = { tls: 'starttls', user: 'gantry', password: `\${secret:mail-password}` };
    expect(await send(mails, { settings })).toMatchObject({ result: 'again' });
    expect([logins, mails.mails]).toEqual([[], []]);
  });

  it('that takes no such login may take it another time', async () => {
    const mails = await server({
      allowInsecureAuth: true,
      onAuth: (_, __, done) => done(smtpError(535, 'Wrong password')),
    });
    const settings = { user: 'gantry', password: `\${secret:mail-password}` };
    expect(await send(mails, { settings })).toMatchObject({ result: 'again', summary: expect.stringContaining('535') });
  });

  it('that hangs is given up at the limit, and one that is gone at once', async () => {
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const began = performance.now();
    expect(await send({ port }, { timeoutMs: 300 })).toMatchObject({ result: 'again' });
    expect(performance.now() - began).toBeLessThan(1_500);
    await new Promise((resolve) => silent.close(resolve));
    expect(await send({ port })).toMatchObject({ result: 'again', summary: expect.stringContaining('ECONNREFUSED') });
  });
});

it('mail goes out without TLS on loopback only, and never by an address of metadata', async () => {
  const mails = await server();
  for (const settings of [
    { host: 'mail.example', tls: 'none' },
    { user: 'x' },
    { from: 'Gantry <a@b>' },
    { password: 'in the clear' },
  ])
    await expect(send(mails, { settings })).rejects.toBeInstanceOf(z.ZodError);
  expect(await send(mails, { settings: { host: '169.254.169.254', tls: 'starttls' } })).toMatchObject({
    result: 'refused',
  });
});
