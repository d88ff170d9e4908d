// Not loaded only when needed: in the bundle, a package in CommonJS would have no names then.

import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { means } from '../../domain/base/means.ts';
import type { Attempt, Notice, Notifier, NotifierContext } from '../../domain/kinds/notifier.ts';
import { hookSchema, placeOf, secretNameSchema } from './addresses.ts';
import { post } from './post.ts';
import { dataOf } from './texts.ts';

const url = hookSchema.meta(means('Where it is posted to', 'https://ci.shop.example/gantry'));
const secret = secretNameSchema.meta(means('The secret that signs it, as Standard Webhooks do', 'ci-hook'));
const options = z.strictObject({ url, secret });
/** `webhook: URL` with `secret` beside it, or both under `webhook`. */
const schema = z
  .union(
    [z.strictObject({ webhook: options.meta(means('Both in one place')) }), z.strictObject({ webhook: url, secret })],
    'write the URL of the webhook, and beside it the secret that signs',
  )
  .transform((spec) => ('secret' in spec ? { url: spec.webhook, secret: spec.secret } : spec.webhook));
type Spec = z.infer<typeof schema>;

/** JSON for programs, signed as Standard Webhooks are. */
export const webhookNotifier: Notifier<Spec, undefined> = {
  kind: 'webhook',
  schema,
  how: ({ url }) => `webhook, ${placeOf(url)}`,
  deliver: sendWebhook,
};

async function sendWebhook(
  notice: Notice,
  { url, secret }: Spec,
  context: NotifierContext<undefined>,
): Promise<Attempt> {
  const key = (await context.secrets.expand(secret)).trim();
  // The scheme's own secrets are base64 behind this prefix; any other text is a key as it is.
  const webhook = key.startsWith('whsec_') ? new Webhook(key) : new Webhook(key, { format: 'raw' });
  const body = JSON.stringify({
    type: `deployment.${notice.event.replaceAll('-', '_')}`,
    timestamp: notice.at,
    data: dataOf(notice),
  });
  const sentAt = new Date(context.now);
  const headers = {
    'webhook-id': notice.deliveryId,
    'webhook-timestamp': String(Math.floor(context.now / 1_000)),
    'webhook-signature': webhook.sign(notice.deliveryId, sentAt, body),
  };
  return post({ address: url, headers, body }, context);
}
