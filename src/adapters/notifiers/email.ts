import { z } from 'zod';
import { formatDuration } from '../../domain/base/duration.ts';
import { GantryError, hasCode, messageOf } from '../../domain/base/errors.ts';
import { plainText } from '../../domain/base/markdown.ts';
import { means } from '../../domain/base/means.ts';
import type { Attempt, Notice, Notifier, NotifierContext } from '../../domain/kinds/notifier.ts';
import { isLoopback } from '../../system/loopback.ts';
import { withinLimit } from '../../system/time-limit.ts';
import { connectTo } from '../http/connect.ts';
import { secretSchema } from './addresses.ts';
import { mailOf } from './mail-message.ts';
import { short } from './texts.ts';

/** One mailbox, as HTML's `type=email` takes it: no names, quotes, lists or line ends. */
const mailbox = z
  .string()
  .max(254)
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*$/,
    'write one address of mail, such as ops@shop.example',
  );
const address = secretSchema.or(mailbox);
const schema = z
  .strictObject({
    email: address
      .or(z.strictObject({ to: address.meta(means('The address', 'duty@shop.example')) }))
      .meta(means('One address of mail, or the secret that holds it', 'duty@shop.example')),
  })
  .transform(({ email }) => ({ to: typeof email === 'string' ? email : email.to }));
type Spec = z.infer<typeof schema>;

/** The mail server, the same for all stakeholders. */
const settingsSchema = z
  .strictObject({
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:-]{1,253}$/, 'write the name of a host or an address')
      .meta(means('The mail server', 'mail.shop.example')),
    port: z.int().min(1).max(65_535).optional().meta(means('Its port; absent: 587, with `implicit` 465', 587)),
    tls: z
      .enum(['implicit', 'starttls', 'none'])
      .optional()
      .meta(
        means(
          'How it is encrypted; `none` on loopback only; absent: `starttls`, at port 465 `implicit`, on loopback `none`',
        ),
      ),
    from: mailbox.meta(means('The sender', 'gantry@shop.example')),
    user: z.string().min(1).max(254).optional().meta(means('Who logs in; absent: nobody', 'gantry')),
    password: secretSchema.optional().meta(means('With what; stands beside `user`', '${secret:mail-password}')),
    ca: secretSchema
      .optional()
      .meta(
        means("Certificates (PEM) that the server's may be signed by; absent: this machine's own", '${secret:mail-ca}'),
      ),
  })
  .superRefine(({ host, tls, user, password }, context) => {
    const fault = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message });
    if (tls === 'none' && !isLoopback(host)) fault('tls', 'mail goes out without TLS on loopback only');
    if ((user === undefined) !== (password === undefined)) fault('password', 'user and password come together');
  })
  .transform(({ port, tls, ...settings }) => {
    const usual = port === 465 ? 'implicit' : isLoopback(settings.host) ? 'none' : 'starttls';
    const security = tls ?? usual;
    return { ...settings, security, port: port ?? (security === 'implicit' ? 465 : 587) };
  })
  .meta(means('The mail server, the same for all stakeholders'));
type Settings = z.infer<typeof settingsSchema>;

/** Mail by SMTP, over TLS, as text and HTML; one mail for each notification, whose `Message-ID` never changes. */
export const emailNotifier: Notifier<Spec, Settings> = {
  kind: 'email',
  schema,
  settings: settingsSchema,
  how: ({ to }) => `email to ${secretSchema.safeParse(to).success ? `the address in secret ${to.slice(9, -1)}` : to}`,
  async deliver(notice, { to }, context) {
    const expanded = mailbox.safeParse((await context.secrets.expand(to)).trim());
    if (!expanded.success) return { result: 'refused', summary: 'the secret holds no address of mail' };
    return sendMail(notice, expanded.data, context);
  },
};

async function sendMail(notice: Notice, to: string, context: NotifierContext<Settings>): Promise<Attempt> {
  const { secrets, signal, timeoutMs, settings } = context;
  const { host, port, security, from, user, password, ca } = settings;
  const [{ createTransport }, pass, certificates] = await Promise.all([
    import('nodemailer'),
    password === undefined ? null : secrets.expand(password),
    ca === undefined ? null : secrets.expand(ca),
  ]);
  let close = () => {};
  try {
    return await withinLimit(
      timeoutMs,
      async (stop) => {
        const socket = await connectTo({ host, port }, stop);
        // The attempt is over: nothing else would close it.
        if (stop.aborted) socket.destroy();
        stop.throwIfAborted();
        close = () => socket.destroy();
        const transport = createTransport({
          host,
          port,
          secure: security === 'implicit',
          requireTLS: security === 'starttls',
          ignoreTLS: security === 'none',
          getSocket: (_options: unknown, done: (error: null, given: object) => void) =>
            done(null, { connection: socket }),
          ...(user === undefined || pass === null ? {} : { auth: { user, pass } }),
          tls: { minVersion: 'TLSv1.2', ...(certificates === null ? {} : { ca: certificates }) },
          greetingTimeout: timeoutMs,
          socketTimeout: timeoutMs,
          disableFileAccess: true,
          disableUrlAccess: true,
        });
        const { response } = await transport.sendMail(mailOf(notice, { from, to }));
        // Only the QUIT is still to be sent.
        close = () => socket.destroySoon();
        return { result: 'delivered', summary: short(secrets.mask(response), 100) } as const;
      },
      [signal],
    );
  } catch (error) {
    if (hasCode(error, 'secret-missing')) throw error;
    return classifyMailFault(error, timeoutMs, (text) => secrets.mask(text));
  } finally {
    close();
  }
}

/** Answers to these commands are about this mail; all others are about the server or the sender. */
const aboutTheMail = /^(MAIL FROM|RCPT TO|DATA)$/;
/** It wants a login or TLS first (RFC 4954, RFC 3207), whatever it was asked. */
const wantsLogin = 530;

interface MailFault {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/**
 * What trouble with a mail server means for another attempt: only a 5xx about the mail itself ends it. A server that
 * refuses a login, a certificate or a connection may be mended within the day.
 */
function classifyMailFault(error: unknown, timeoutMs: number, mask: (text: string) => string): Attempt {
  if (error instanceof GantryError) return { result: 'refused', summary: error.message };
  const { code, responseCode, response, command } = error as MailFault;
  if (error instanceof DOMException)
    return { result: 'again', summary: `not taken within ${formatDuration(timeoutMs)}` };
  const text = typeof response === 'string' ? response : messageOf(error);
  const kind = typeof code === 'string' && typeof response !== 'string' ? `${code}: ` : '';
  // Masked before it is cut: half a secret would not be recognized.
  const summary = mask(plainText(`${kind}${text}`)).slice(0, 200);
  const isFinal =
    typeof responseCode === 'number' &&
    responseCode >= 500 &&
    responseCode !== wantsLogin &&
    aboutTheMail.test(String(command));
  return { result: isFinal ? 'refused' : 'again', summary };
}
