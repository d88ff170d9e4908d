// Not loaded only when needed: in the bundle, a package in CommonJS would have no names then.

import { CloudEvent, HTTP } from 'cloudevents';
import { z } from 'zod';
import { means } from '../../domain/base/means.ts';
import type { Attempt, Notice, Notifier, NotifierContext } from '../../domain/kinds/notifier.ts';
import { headersFrom } from '../http/send.ts';
import { headersSchema } from '../http/specs.ts';
import { hookSchema, placeOf } from './addresses.ts';
import { cdEventOf } from './cdevents.ts';
import { post } from './post.ts';

const options = z.strictObject({
  url: hookSchema.meta(means('Where events are posted to', 'https://events.shop.example/')),
  mode: z
    .enum(['structured', 'binary'])
    .default('structured')
    .meta(means('`structured`: one JSON document; `binary`: attributes in headers')),
  headers: headersSchema.default({}),
});
const schema = z.strictObject({
  cloudevents: hookSchema
    .transform((url): z.infer<typeof options> => ({ url, mode: 'structured', headers: {} }))
    .or(options)
    .meta(means('Where CDEvents are posted to, as CloudEvents 1.0', 'https://events.shop.example/')),
});
type Spec = z.infer<typeof schema>;

/** CloudEvents 1.0 over HTTP, with CDEvents in them. */
export const cloudeventsNotifier: Notifier<Spec, undefined> = {
  kind: 'cloudevents',
  schema,
  how: ({ cloudevents: { url } }) => `cloudevents, ${placeOf(url)}`,
  deliver: sendEvent,
};

async function sendEvent(
  notice: Notice,
  { cloudevents: { url, mode, headers } }: Spec,
  context: NotifierContext<undefined>,
): Promise<Attempt> {
  const data = cdEventOf(notice);
  const { id, type, source, timestamp } = data.context;
  const event = new CloudEvent({
    id,
    type,
    source,
    time: timestamp,
    subject: data.subject.id,
    datacontenttype: 'application/json',
    data,
  });
  const message = mode === 'structured' ? HTTP.structured(event) : HTTP.binary(event);
  const own = await headersFrom(headers, context.secrets);
  const ofEvent = Object.entries(message.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  const all = { ...own, ...Object.fromEntries(ofEvent) } as Record<string, string>;
  return post({ address: url, headers: all, body: String(message.body) }, context);
}
