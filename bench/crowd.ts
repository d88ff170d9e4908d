// A process of readers: each waits for the deployment of a service that is under way to say something new, again and again.
import { setTimeout as delay } from 'node:timers/promises';

interface Crowd {
  readonly url: string;
  readonly service: string;
  readonly readers: number;
  readonly tokens: readonly string[];
}
const { url, service, readers, tokens } = JSON.parse(process.env['CROWD'] ?? '') as Crowd;

async function get<T>(token: string | undefined, path: string): Promise<T | null> {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } }).catch(() => null);
  return answer?.ok ? ((await answer.json()) as T) : null;
}

/** The one that is being carried out, looked up once for everybody. */
let newest = '';
async function follow(): Promise<void> {
  for (;;) {
    const path = `/v1/deployments?service=${service}&phase=executing&limit=1`;
    newest = (await get<{ items: { id: string }[] }>(tokens[0], path))?.items[0]?.id ?? newest;
    await delay(250);
  }
}

async function read(token: string | undefined): Promise<never> {
  let seq = 0;
  for (let id = newest; ; ) {
    if (newest !== id) [id, seq] = [newest, 0];
    const status = id === '' ? null : await get<{ seq: number }>(token, `/v1/deployments/${id}?wait=5s&seq=${seq}`);
    // What has ended answers at once.
    if (!status || status.seq <= seq) await delay(250);
    seq = status?.seq ?? seq;
  }
}

// Whoever started it may be killed.
process.stdin.on('end', () => process.exit()).resume();
void follow();
for (let i = 0; i < readers; i += 1) void read(tokens[i % tokens.length]);
await delay(2_000);
process.stdout.write('ready\n');
