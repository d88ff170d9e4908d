import { createNotifiers, openSecrets } from '../../src/adapters/index.ts';
import type { Attempt, Notice, NotifierContext } from '../../src/domain/kinds/notifier.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** A notice of a release that is deployed in place of another. */
export const notice: Notice = {
  id: 'shop.production.7/deployed/42/abcdef012345',
  event: 'deployed',
  at: '2026-11-23T09:15:20.123Z',
  deployment: 'shop.production.7',
  service: 'shop',
  environment: 'production',
  release: '1.4.2',
  subject: 'Deployed: shop 1.4.2 to production (shop.production.7)',
  lines: ['In monitoring until 2026-11-23T09:30:20.123Z.'],
  wanted: null,
  facts: {
    phase: 'documenting',
    outcome: null,
    planDigest: digest,
    artifact: { uri: 'registry.example/shop:1.4.2', digest },
    requester: 'Alice Roe',
    previous: {
      release: '1.4.1',
      artifact: { uri: 'registry.example/shop:1.4.1', digest: `sha256:${'b'.repeat(64)}` },
    },
  },
  deliveryId: '0123456789abcdef0123456789abcdef',
  stakeholder: 'Shop team',
  links: [
    { rel: 'deployment', title: 'Status', url: 'https://gantry.example/v1/deployments/shop.production.7' },
    { rel: 'record', title: 'Record', url: 'https://gantry.example/v1/deployments/shop.production.7/record' },
  ],
};

const notifiers = createNotifiers(() => undefined);

interface How {
  readonly notice?: Notice;
  readonly secrets?: string | null;
  readonly settings?: unknown;
  readonly now?: number;
  readonly timeoutMs?: number;
}

/** One attempt of a kind of notifier, as a worker makes it: what stands in the policy goes through its schema. */
export async function attempt(kind: string, written: object, how: How = {}): Promise<Attempt> {
  const notifier = notifiers.get(kind);
  if (!notifier) throw new Error(`there is no ${kind}`);
  const { secrets = null, settings, now = Date.now(), timeoutMs = 3_000 } = how;
  const context: NotifierContext<unknown> = {
    secrets: openSecrets(secrets)(),
    signal: new AbortController().signal,
    timeoutMs,
    settings: notifier.settings?.parse(settings),
    now,
  };
  return notifier.deliver(how.notice ?? notice, notifier.schema.parse(written), context as NotifierContext<never>);
}

/** Free text that wants to be more than text, in every way that a format knows. */
export const injections: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</p></body></html><a href="https://evil.example">click</a>',
  '<!channel> <@U123> <https://evil.example|Approve here>',
  '[Approve](https://evil.example) ![x](https://evil.example/p.png) **bold** # heading',
  'line\r\nBcc: everybody@evil.example\r\n\r\nbody',
  '.\r\nMAIL FROM:<x@evil.example>',
  '&lt;b&gt; &amp;amp; ${secret:key} $${x} {{DATE(2026-01-01,SHORT)}} <at>All</at>',
  '\u001b[31mred\u0007 \u202Eevil\u2066 \u0000nul',
  ']]> --> <!-- <![CDATA[ <?xml version="1.0"?> <!DOCTYPE x>',
  "' onmouseover='alert(1) `code` |cell| _em_ ~strike~",
];
