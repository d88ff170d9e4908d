// A process of readers: told an id on its standard input, all of them wait for that deployment to say something new, again
// and again until it has ended. It tells on its standard output when each of them waits for it: `ID`.
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

interface Crowd {
  readonly url: string;
  readonly readers: number;
  readonly tokens: readonly string[];
}
const { url, readers, tokens } = JSON.parse(process.env['CROWD'] ?? '') as Crowd;
/** Whoever has had no answer for so long waits, in milliseconds: what is new is told at once. */
const quietMs = 1_000;

const now = { asking: 0, answeredAt: 0 };
const doAllWait = () => now.asking === readers && Date.now() - now.answeredAt >= quietMs;

async function read(token: string | undefined, id: string): Promise<void> {
  for (let seq = 0; ; ) {
    now.asking += 1;
    const answer = await fetch(`${url}/v1/deployments/${id}?wait=30s&seq=${seq}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const status = (await answer.json()) as { seq: number; outcome: string | null; detail?: string };
    now.asking -= 1;
    now.answeredAt = Date.now();
    if (!answer.ok) throw new Error(`a reader is refused: ${status.detail}`);
    if (status.outcome !== null) return;
    seq = status.seq;
  }
}

async function follow(id: string): Promise<void> {
  const all = Promise.all(Array.from({ length: readers }, (_, i) => read(tokens[i % tokens.length], id)));
  while (!doAllWait()) await delay(50);
  process.stdout.write(`${id}\n`);
  await all;
}

// Whoever started it may be killed.
const input = createInterface(process.stdin).on('close', () => process.exit());
for await (const id of input) void follow(id);
