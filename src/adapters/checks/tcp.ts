import { connect } from 'node:net';
import { z } from 'zod';
import { formatDuration } from '../../domain/base/duration.ts';
import type { AdapterContext, CheckAdapter, Measurement } from '../../domain/kinds/adapter.ts';
import { holdSignal } from '../../system/time-limit.ts';
import { now } from '../clock.ts';
import { checkHost, guardedLookup } from '../http/addresses.ts';

const schema = z.strictObject({
  tcp: z
    .string()
    .regex(/^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):\d{1,5}$/, 'write host:port, such as 127.0.0.1:5432')
    .refine((text) => portOf(text) >= 1 && portOf(text) <= 65_535, 'a port is from 1 to 65535'),
  /** Of an effect that is read back: that nobody listens means it is not there. */
  absent: z.literal('refused').optional(),
});

const portOf = (text: string) => Number(text.slice(text.lastIndexOf(':') + 1));

/** Whether something accepts connections there. Refused is `failed`; no answer or no such name is `error`. */
export const tcpCheck: CheckAdapter<z.infer<typeof schema>> = {
  kind: 'tcp',
  schema,
  expects: () => ({ answer: ['accepts connections'], numbers: [] }),
  async measure({ tcp, absent }, context) {
    const startedAt = now();
    const began = performance.now();
    const seen = await tryConnect(tcp, context);
    const ms = Math.round(performance.now() - began);
    const isAbsent = absent === 'refused' && seen.verdict === 'failed';
    const timed = { observed: { ms }, startedAt, endedAt: now() };
    return { ...seen, ...timed, ...(isAbsent ? { readBack: 'not-done' } : {}) };
  },
};

type Seen = Pick<Measurement, 'verdict' | 'summary'>;

function tryConnect(tcp: string, { signal, timeoutMs }: AdapterContext): Promise<Seen> {
  const host = tcp.slice(0, tcp.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    try {
      checkHost(host);
    } catch {
      return resolve({ verdict: 'error', summary: 'address refused: link-local, metadata or unspecified' });
    }
    const socket = connect({ host, port: portOf(tcp), lookup: guardedLookup });
    const limit = holdSignal([signal], timeoutMs);
    const done = (seen: Seen) => {
      socket.destroy();
      limit.release();
      resolve(seen);
    };
    const stopped = () =>
      done({
        verdict: 'error',
        summary: limit.isOverdue() ? `no connection within ${formatDuration(timeoutMs)}` : 'cancelled',
      });
    if (limit.signal.aborted) return stopped();
    limit.signal.addEventListener('abort', stopped, { once: true });
    socket.once('connect', () => done({ verdict: 'passed', summary: 'connected' }));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      done(
        error.code === 'ECONNREFUSED'
          ? { verdict: 'failed', summary: 'connection refused' }
          : { verdict: 'error', summary: `not reachable (${error.code ?? 'unknown'})` },
      ),
    );
  });
}
