import { type Received, startReceiver } from '../support/receiver.ts';

/** What somebody was told once. */
export interface Told {
  /** `team`, `first` or `second`: whose address it came to. */
  readonly who: string;
  readonly deployment: string;
  readonly event: string;
  /** The same at each attempt. */
  readonly id: string;
  /** The same for everybody who is told it. */
  readonly notification: string;
  readonly said: string;
  /** The link that acknowledges a page. */
  readonly link: string | null;
  /** It was answered as taken, and not as one that may come again. */
  readonly isTaken: boolean;
}

export interface Hearers {
  readonly url: string;
  readonly told: readonly Told[];
  /** Called with each point at which something was heard and not answered: `team heard requested 1`; answers whether it is held for good. */
  hear(on: (point: string, deployment: string) => boolean): void;
  close(): Promise<void>;
}

/** Everybody hears the first of these in vain, and is asked to be told again in a second. */
const again = new Set(['requested', 'deployed', 'ended']);

/** Receivers of webhooks and CloudEvents on loopback. */
export async function startHearers(): Promise<Hearers> {
  const told: Told[] = [];
  let hear: (point: string, deployment: string) => boolean = () => false;
  const receiver = await startReceiver((response, request) => {
    const last = receiver.received.at(-1);
    const who = (request.url ?? '').split('/').at(-1) ?? '';
    if (!last) return void response.writeHead(204).end();
    const one = toldBy(who, last);
    const before = told.filter(({ id }) => id === one.id).length;
    const isHeld = hear(`${who} heard ${one.event} ${before + 1}`, one.deployment);
    const isLater = before === 0 && who === 'team' && again.has(one.event);
    told.push({ ...one, isTaken: !isHeld && !isLater });
    if (isHeld) return;
    if (isLater) response.writeHead(503, { 'retry-after': '1' }).end();
    else response.writeHead(204).end();
  });
  return {
    url: receiver.url,
    told,
    hear: (on) => {
      hear = on;
    },
    close: () => receiver.close(),
  };
}

interface Data {
  readonly id: string;
  readonly event: string;
  readonly deployment: string;
  readonly subject: string;
  readonly text: string;
  readonly links: Readonly<Record<string, string>>;
}

/** A webhook bears its id in a header, a CloudEvent in itself. */
function toldBy(who: string, { headers, body }: Received): Omit<Told, 'isTaken'> {
  const { id, data } = JSON.parse(body) as {
    readonly id?: string;
    readonly data: Data | { readonly customData: Data };
  };
  const { event, deployment, subject, text, links, id: notification } = 'customData' in data ? data.customData : data;
  return {
    who,
    deployment,
    event,
    id: headers['webhook-id'] ?? id ?? '',
    notification,
    said: `${subject}: ${text}`,
    link: links['acknowledge'] ?? null,
  };
}
