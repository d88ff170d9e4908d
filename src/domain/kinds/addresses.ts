/** What a port is where a URL does not name one. */
const usualPorts: Readonly<Record<string, string>> = {
  http: '80',
  ws: '80',
  https: '443',
  wss: '443',
  ftp: '21',
  ssh: '22',
  sftp: '22',
  ldap: '389',
  ldaps: '636',
  postgres: '5432',
  postgresql: '5432',
  mysql: '3306',
  redis: '6379',
  rediss: '6379',
  amqp: '5672',
  amqps: '5671',
  mongodb: '27017',
  nats: '4222',
};

/**
 * A scheme and the host behind it, with its port and without user info. Its time grows with the
 * length of the text alone, and it starts at the colon: most texts have none, and every word could be a scheme.
 */
const urls =
  /:(?=[\\/]{2})(?<=\b([a-z][a-z0-9+.-]{0,30}):)[\\/]{2,}(?:[^\s"'`<>,;|/\\?#]*@)?([^\s"'`<>,;|/\\?#@]{1,300})/gi;
const name = String.raw`(?:[\w-]+\.)+[a-z][\w-]*\.?`;
const number = String.raw`\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\]`;
const hostsWithPort = {
  /** With a dot, in brackets, or this machine. */
  evident: new RegExp(String.raw`(?<![\w.:/-])(?:localhost|${name}|${number}):\d{1,5}(?![\w.@:])`, 'gi'),
  any: new RegExp(String.raw`(?<![\w.:/-])(?:[\w-]+\.?|${name}|${number}):\d{1,5}(?![\w.@:])`, 'gi'),
};

/** The host as everybody would write it: all ways to this machine itself are one. */
function hostOf(hostname: string): string {
  const host = hostname.replace(/\.+$/, '');
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host);
  if (mapped) {
    const [high, low] = [Number.parseInt(mapped[1] ?? '', 16), Number.parseInt(mapped[2] ?? '', 16)];
    return hostOf([high >> 8, high & 255, low >> 8, low & 255].join('.'));
  }
  const isHere = /^(.+\.)?localhost$|^127(\.\d{1,3}){3}$|^0\.0\.0\.0$|^\[::1?\]$/.test(host);
  return isHere ? 'localhost' : host;
}

/** `host:port` in one spelling; null: it is no address. */
function normalised(scheme: string, rest: string): string | null {
  // A special scheme, so that hosts are read as a client would read them: in lower case, numbers as IPv4.
  const text = `http://${rest}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const host = hostOf(url.hostname);
  // It leaves out the usual port of its own.
  const isWeb = url.port === '' && /:0*80$/.test(rest);
  const port = isWeb ? '80' : url.port || (usualPorts[scheme.toLowerCase()] ?? scheme.toLowerCase());
  if (host === '' || port === '0') return null;
  // HTTP and HTTPS of one host are the same service.
  return `${host}:${port === '443' ? '80' : port}`;
}

/**
 * Every address (host and port) in a text, in one spelling however it is written: case, usual ports, a dot at the end,
 * user info and the names of this machine make no difference, nor whether a host is asked by http or https. Addresses are
 * those of URLs, wherever they stand in it, and `host:port`: of hosts that cannot be anything else (`evident`; an image
 * with its tag looks like a host without a dot), or of `any`.
 */
export function addressesIn(text: string, hosts: keyof typeof hostsWithPort): readonly string[] {
  if (!text.includes(':')) return [];
  const found = [...text.matchAll(urls)].map(([, scheme = '', rest = '']) => normalised(scheme, rest));
  const others = [...text.replaceAll(urls, ' ').matchAll(hostsWithPort[hosts])].map(([word]) => normalised('', word));
  return [...new Set([...found, ...others].flatMap((address) => address ?? []))];
}
