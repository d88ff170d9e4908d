import { Agent, get } from 'node:http';

/** What one request got: the release that answered and the status, or no answer at all. */
interface Sample {
  readonly at: number;
  readonly release: string | null;
  readonly status: number | null;
}

export interface Losses {
  readonly sent: number;
  /** Wrong answers that this release gave itself, and how long they lasted. */
  readonly ownWrong: number;
  readonly ownWrongMs: number;
  /** Everything else that a user would have noticed. */
  readonly lost: number;
}

const everyMs = 20;
const patienceMs = 5_000;

/** Users of the shop: 50 requests a second at the front door, each on a connection of its own. */
export class Traffic {
  private readonly url: string;
  private readonly samples: Sample[] = [];
  private readonly underway = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(url: string) {
    this.url = url;
  }

  start(): void {
    this.timer = setInterval(() => {
      const one = this.ask().finally(() => this.underway.delete(one));
      this.underway.add(one);
    }, everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.underway);
  }

  /** What users saw since `since`, told apart by whether `release` is to blame. */
  async losses(since: number, release: string): Promise<Losses> {
    await Promise.all(this.underway);
    const seen = this.samples.filter(({ at }) => at >= since);
    const wrong = seen.filter(({ status }) => status !== 200);
    const own = wrong.filter((one) => one.release === release);
    const times = own.map(({ at }) => at).toSorted((a, b) => a - b);
    return {
      sent: seen.length,
      ownWrong: own.length,
      ownWrongMs: (times.at(-1) ?? 0) - (times[0] ?? 0),
      lost: wrong.length - own.length,
    };
  }

  private ask(): Promise<void> {
    const at = Date.now();
    return new Promise((resolve) => {
      const done = (release: string | null, status: number | null) => {
        this.samples.push({ at, release, status });
        resolve();
      };
      const request = get(this.url, { agent: new Agent(), timeout: patienceMs }, (answer) => {
        const release = answer.headers['x-release'];
        answer.resume();
        answer.on('end', () => done(typeof release === 'string' ? release : null, answer.statusCode ?? null));
        answer.on('error', () => done(null, null));
      });
      request.on('timeout', () => request.destroy(new Error('timed out')));
      request.on('error', () => done(null, null));
    });
  }
}
