import { isIP } from 'node:net';
import { z } from 'zod';
import { formatDuration } from '../../domain/base/duration.ts';
import { means } from '../../domain/base/means.ts';
import type { AdapterContext, CheckAdapter, Measurement } from '../../domain/kinds/adapter.ts';
import { codeOf } from '../../system/error-code.ts';
import { withinLimit } from '../../system/time-limit.ts';
import { now } from '../clock.ts';
import { connectTo } from '../http/connect.ts';
import { addressRefused } from '../http/refused-addresses.ts';

const schema = z.strictObject({
  tcp: z
    .string()
    .regex(/^([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]):\d{1,5}$/, 'write host:port, such as 127.0.0.1:5432')
    .refine((text) => portOf(text) >= 1 && portOf(text) <= 65_535, 'a port is from 1 to 65535')
    .meta(means('Host and port that must take a connection', '127.0.0.1:5432')),
  absent: z
    .literal('refused')
    .optional()
    .meta(means('In `done`: a refused connection says that the effect is not there')),
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

async function tryConnect(tcp: string, { signal, timeoutMs }: AdapterContext): Promise<Seen> {
  const host = tcp.slice(0, tcp.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  const error = (summary: string): Seen => ({ verdict: 'error', summary });
  try {
    const open = async (stop: AbortSignal) => (await connectTo({ host, port: portOf(tcp) }, stop)).destroy();
    await withinLimit(timeoutMs, open, [signal]);
    return { verdict: 'passed', summary: 'connected' };
  } catch (fault) {
    if (signal.aborted) return error('cancelled');
    if (fault instanceof DOMException) return error(`no connection within ${formatDuration(timeoutMs)}`);
    const code = codeOf(fault);
    if (code === 'ECONNREFUSED') return { verdict: 'failed', summary: 'connection refused' };
    // Of a name only its lookup knows the address.
    if (code === 'address-refused' && isIP(host) !== 0) return error(addressRefused);
    return error(`not reachable (${code ?? 'unknown'})`);
  }
}
