import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HTTP } from 'cloudevents';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cdEventOf } from '../../../../src/adapters/notifiers/cdevents.ts';
import { mailOf } from '../../../../src/adapters/notifiers/mail-message.ts';
import { slackMessage } from '../../../../src/adapters/notifiers/slack.ts';
import { teamsMessage } from '../../../../src/adapters/notifiers/teams.ts';
import { dataOf } from '../../../../src/adapters/notifiers/texts.ts';
import type { Notice } from '../../../../src/domain/kinds/notifier.ts';
import { attempt, injections, notice } from '../../../support/notices.ts';
import { type Receiver, startReceiver } from '../../../support/receiver.ts';

let receiver: Receiver;
let secrets: string;
const whsec = `whsec_${Buffer.from('a key of thirty-two bytes, no more').toString('base64')}`;
beforeAll(async () => {
  receiver = await startReceiver((response) => response.end());
  secrets = await mkdtemp(join(tmpdir(), 'gantry-secrets-'));
  await writeFile(join(secrets, 'chat-hook'), `${whsec}\n`);
  await writeFile(join(secrets, 'plain-hook'), 'just some words of a person');
  await writeFile(join(secrets, 'address'), `${receiver.url}/T000/B000/very-secret-path\n`);
  await writeFile(join(secrets, 'nowhere'), 'ftp://somewhere.example');
});
afterAll(async () => {
  await receiver.close();
  await rm(secrets, { recursive: true, force: true });
});
const last = () => receiver.received.at(-1) ?? { headers: {}, body: '' };

describe('a webhook', () => {
  it.each([
    ['chat-hook', () => new Webhook(whsec)],
    ['plain-hook', () => new Webhook('just some words of a person', { format: 'raw' })],
  ] as const)(
    'is signed with secret %s so that the standard library verifies it, the same id at each attempt',
    async (secret, verifier) => {
      const spec = { webhook: receiver.url, secret };
      for (const now of [Date.now(), Date.now() + 2_000]) {
        expect(await attempt('webhook', spec, { secrets, now })).toMatchObject({ result: 'delivered' });
        const { headers, body } = last();
        expect(headers).toMatchObject({ 'webhook-id': notice.deliveryId, 'content-type': 'application/json' });
        expect(verifier().verify(body, headers)).toEqual({
          type: 'deployment.deployed',
          timestamp: notice.at,
          data: dataOf(notice),
        });
        expect(() => verifier().verify(`${body} `, headers)).toThrow(/signature/i);
      }
    },
  );

  it('gives event, status and links as data', () => {
    expect(dataOf(notice)).toMatchObject({
      event: 'deployed',
      deployment: 'shop.production.7',
      release: '1.4.2',
      status: { phase: 'documenting', outcome: null },
      links: { deployment: notice.links[0]?.url, record: notice.links[1]?.url },
    });
  });

  it('takes both forms of the policy, and none without a secret', async () => {
    const both = { webhook: { url: receiver.url, secret: `\${secret:chat-hook}` } };
    expect(await attempt('webhook', both, { secrets })).toMatchObject({ result: 'delivered' });
    await expect(attempt('webhook', { webhook: receiver.url }, { secrets })).rejects.toBeInstanceOf(z.ZodError);
    await expect(attempt('webhook', { ...both, secret: 'chat-hook' }, { secrets })).rejects.toBeInstanceOf(z.ZodError);
  });

  it('is refused where a secret holds no address, and fails to be tried again where the secret is missing', async () => {
    const to = (name: string) => ({ webhook: `\${secret:${name}}`, secret: 'chat-hook' });
    expect(await attempt('webhook', to('address'), { secrets })).toMatchObject({ result: 'delivered' });
    expect(await attempt('webhook', to('nowhere'), { secrets })).toMatchObject({ result: 'refused' });
    await expect(attempt('webhook', to('missing'), { secrets })).rejects.toMatchObject({ code: 'secret-missing' });
  });
});

/** CDEvents 0.4.1, its context and subject as the specification has them. */
const reference = z.string().min(1);
const contextSchema = z.strictObject({
  version: z.literal('0.4.1'),
  id: reference,
  source: reference,
  type: z.string(),
  timestamp: z.iso.datetime(),
});
const serviceEvent = z.strictObject({
  context: contextSchema.extend({
    type: z.string().regex(/^dev\.cdevents\.service\.(deployed|upgraded|rolledback)\.0\.2\.0$/),
  }),
  subject: z.strictObject({
    id: reference,
    source: reference.optional(),
    type: z.literal('service'),
    content: z.strictObject({
      environment: z.strictObject({ id: reference, source: reference.optional() }),
      artifactId: z.string().regex(/^pkg:[a-z]+\/[^\s]+@[^\s]+$/),
    }),
  }),
  customData: z.looseObject({}),
  customDataContentType: z.literal('application/json'),
});
const customEvent = serviceEvent.extend({
  context: contextSchema.extend({
    type: z.string().regex(/^dev\.cdeventsx\.[a-zA-Z0-9]+-[a-zA-Z]+\.[a-zA-Z]+\.\d\.\d\.\d$/),
  }),
  subject: z.strictObject({
    id: reference,
    source: reference.optional(),
    type: z.string().regex(/^[a-zA-Z0-9]+-[a-zA-Z]+$/),
    content: z.looseObject({}),
  }),
});
const approvalEvent = serviceEvent.extend({
  context: contextSchema.omit({ version: true }).extend({
    specversion: z.literal('0.6.0-draft'),
    type: z.literal('dev.cdevents.approval.created.0.1.0'),
  }),
  subject: z.strictObject({
    id: reference,
    source: reference,
    content: z.strictObject({
      approvalDetailsUrl: reference,
      resourceTargetUrl: reference,
      requestor: z.string().regex(/^urn:[a-z0-9][a-z0-9-]+:[^\s]+$/i),
    }),
  }),
});

describe('a CloudEvent', () => {
  const facts = notice.facts as NonNullable<Notice['facts']>;
  it.each<readonly [string, Partial<Notice>, string, z.ZodType]>([
    ['deployed in place of another', {}, 'dev.cdevents.service.upgraded.0.2.0', serviceEvent],
    [
      'deployed for the first time',
      { facts: { ...facts, previous: null } },
      'dev.cdevents.service.deployed.0.2.0',
      serviceEvent,
    ],
    [
      'rolled back',
      { event: 'ended', facts: { ...facts, outcome: 'rolled-back' } },
      'dev.cdevents.service.rolledback.0.2.0',
      serviceEvent,
    ],
    ['approval wanted', { event: 'approval-wanted' }, 'dev.cdevents.approval.created.0.1.0', approvalEvent],
    [
      'approval wanted, without links',
      { event: 'approval-wanted', links: [] },
      'dev.cdevents.approval.created.0.1.0',
      approvalEvent,
    ],
    ['requested', { event: 'requested' }, 'dev.cdeventsx.gantry-deployment.requested.0.1.0', customEvent],
    [
      'ended well',
      { event: 'ended', facts: { ...facts, outcome: 'succeeded' } },
      'dev.cdeventsx.gantry-deployment.ended.0.1.0',
      customEvent,
    ],
    [
      'a page of a target',
      { event: 'page', facts: null, release: null },
      'dev.cdeventsx.gantry-deployment.page.0.1.0',
      customEvent,
    ],
  ])('is a CDEvent: %s', (_, change, type, schema) => {
    const event = cdEventOf({ ...notice, ...change });
    expect(event.context.type).toBe(type);
    expect(schema.safeParse(event)).toMatchObject({ success: true });
  });

  it('names what serves after a rollback, not what was taken back', () => {
    const event = cdEventOf({ ...notice, event: 'ended', facts: { ...facts, outcome: 'rolled-back' } });
    expect(event.subject.content).toMatchObject({
      artifactId: expect.stringContaining('pkg:generic/shop@1.4.1?checksum=sha256:bbb'),
    });
  });

  it.each(['structured', 'binary'] as const)(
    'is read back by the library, sent %s, the same id at each attempt',
    async (mode) => {
      const spec = {
        cloudevents: { url: receiver.url, mode, headers: { authorization: `Bearer \${secret:plain-hook}` } },
      };
      for (const now of [1, 2]) {
        expect(await attempt('cloudevents', spec, { secrets, now })).toMatchObject({ result: 'delivered' });
        const { headers, body } = last();
        expect(headers['authorization']).toBe('Bearer just some words of a person');
        const event = HTTP.toEvent({ headers: { ...headers }, body });
        expect(event).toMatchObject({
          specversion: '1.0',
          id: notice.deliveryId,
          source: '/gantry',
          type: 'dev.cdevents.service.upgraded.0.2.0',
          subject: 'shop/production',
          time: notice.at,
          data: { customData: { deployment: 'shop.production.7' } },
        });
      }
    },
  );
});

/** A notice with the same free text wherever somebody may have written some. */
const spoiled = (text: string): Notice => ({
  ...notice,
  release: text,
  subject: `Deployed: ${text}`,
  lines: [text, `Reason: ${text}`],
  wanted: { who: text, what: text, until: null },
});
const harmless = spoiled('x');

/** Every string in a JSON document, by the path to it. */
function stringsIn(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]];
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => stringsIn(member, `${path}/${key}`));
}
const shape = (value: unknown) =>
  JSON.stringify(value, (_, member: unknown) => (typeof member === 'string' ? '' : member));

describe.each(injections)('free text %j', (text) => {
  it('is text in the HTML of a mail, and changes no header of it', () => {
    const html = (of: Notice) =>
      mailOf(of, { from: 'gantry@shop.example', to: 'ops@shop.example' }).html.replace(/^<!doctype html>/, '');
    const parser = new XMLParser({ preserveOrder: true, ignoreAttributes: false, trimValues: false });
    expect(XMLValidator.validate(html(spoiled(text)))).toBe(true);
    const tags = (parsed: unknown) => JSON.stringify(parsed, (key, member: unknown) => (key === '#text' ? '' : member));
    expect(tags(parser.parse(html(spoiled(text))))).toBe(tags(parser.parse(html(harmless))));
    const { subject, text: plain } = mailOf(spoiled(text), { from: 'gantry@shop.example', to: 'ops@shop.example' });
    expect(subject).not.toMatch(/[\r\n]|\p{Cc}|\p{Cf}/u);
    expect(plain).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u);
  });

  it('is plain text to Slack, where nothing reads it as mark-up', () => {
    const message = slackMessage(spoiled(text));
    expect(shape(message)).toBe(shape(slackMessage(harmless)));
    expect(message.text).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
    const kinds = message.blocks.flatMap((block) => ('text' in block ? [block.text.type] : []));
    expect(new Set(kinds)).toEqual(new Set(['plain_text']));
    // All mark-up is of our own links.
    expect(message.blocks.at(-1)).toEqual(slackMessage(notice).blocks.at(-1));
  });

  it('is a text run to Teams, where nothing reads it as Markdown', () => {
    const message = teamsMessage(spoiled(text));
    expect(shape(message)).toBe(shape(teamsMessage(harmless)));
    const { body, actions } = message.attachments[0]?.content ?? {};
    expect(new Set(body?.map(({ type, inlines }) => `${type} ${inlines.map((one) => one.type).join()}`))).toEqual(
      new Set(['RichTextBlock TextRun']),
    );
    expect(actions).toEqual(teamsMessage(notice).attachments[0]?.content.actions);
  });

  it('is data without control characters to programs', () => {
    const said = stringsIn(dataOf({ ...spoiled(text), release: null })).filter(([path]) => path !== '/text');
    expect(said.filter(([, one]) => /\p{Cc}|\p{Cf}/u.test(one))).toEqual([]);
  });
});

describe('what is too long', () => {
  const long: Notice = {
    ...notice,
    subject: '界'.repeat(5_000),
    lines: Array.from({ length: 40 }, () => '\u{1f600}'.repeat(5_000)),
    wanted: { who: 'x'.repeat(5_000), what: 'y'.repeat(5_000), until: null },
  };

  it('is cut to what Slack, Teams and mail take', () => {
    const { blocks } = slackMessage(long);
    expect(blocks.length).toBeLessThanOrEqual(50);
    const limits = { header: 150, section: 3_000, context: 0 };
    const texts = blocks.flatMap((block) => ('text' in block ? [{ type: block.type, text: block.text.text }] : []));
    expect(texts.filter(({ type, text }) => text.length > limits[type as keyof typeof limits])).toEqual([]);
    expect(texts.filter(({ text }) => !text.isWellFormed())).toEqual([]);
    expect(Buffer.byteLength(JSON.stringify(teamsMessage(long)))).toBeLessThanOrEqual(28 * 1024);
    expect(mailOf(long, { from: 'a@b', to: 'c@d' }).subject.length).toBeLessThanOrEqual(200);
    expect(JSON.stringify(dataOf(long)).length).toBeLessThan(64 * 1024);
  });
});
