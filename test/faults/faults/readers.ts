import { drawMoment, type FaultKind } from '../stage.ts';

interface Seen {
  readonly seq: number;
  readonly outcome: string | null;
}

/** Dozens of people who watch, each asking for what is newer than the last they saw. */
export const readers: FaultKind = {
  name: 'readers',
  draw: (random, drawing) => ({ at: drawMoment(random, drawing), how: { count: 12 + random.int(36) } }),
  async begin({ rig, deployment, later, broken, ended }, { how }) {
    const over = new AbortController();
    void ended.then(() => over.abort());
    const read = async () => {
      let seq = 0;
      while (!over.signal.aborted) {
        const path = `/v1/deployments/${deployment}?wait=5s&seq=${seq}`;
        const answer = await rig.there.call<Seen>('key:alice', 'GET', path).catch(() => null);
        if (!answer || answer.status !== 200) {
          await new Promise((resolve) => setTimeout(resolve, 500)); // the API is away, or has enough readers
          continue;
        }
        if (answer.body.seq < seq) broken('view-back', `a reader saw ${answer.body.seq} after ${seq}`);
        seq = Math.max(seq, answer.body.seq);
        if (answer.body.outcome !== null) return;
      }
    };
    for (let i = 0; i < Number(how['count']); i += 1) later(read());
  },
};
