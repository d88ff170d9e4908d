import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../../src/system/loopback.ts';
import { untilBad, whyItDoesNotServe } from '../../../src/temporal/dev-server/readiness.ts';
import { channelArgs } from '../../../src/temporal/proxy.ts';

describe('a server', () => {
  const refusing = (code: number, details: string) => () =>
    Promise.reject(Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} }));
  const there = () => Promise.resolve({});

  it('serves when it knows the namespace and answers that a workflow does not exist', async () => {
    const asked = { describeNamespace: there, describeWorkflowExecution: refusing(5, 'workflow not found') };

    expect(await whyItDoesNotServe(asked, 'default')).toBeNull();
  });

  it.each([
    ['whose shard is stuck', there, refusing(14, 'shard status unknown'), /shard status unknown/],
    ['without the namespace', refusing(5, 'Namespace default is not found'), there, /Namespace default is not found/],
    ['that is not there', refusing(14, 'no connection'), there, /no connection/],
  ])('%s does not serve', async (_which, describeNamespace, describeWorkflowExecution, fault) => {
    expect(await whyItDoesNotServe({ describeNamespace, describeWorkflowExecution }, 'default')).toMatch(fault);
  });

  it('counts as stuck after several bad answers in a row, and not after single ones', async () => {
    const answers = ['late', 'late', null, 'late', null, 'late', 'late', 'shard status unknown', 'never asked'];
    const limits = { everyMs: 1, badAnswers: 3 };
    const ask = () => Promise.resolve(answers.shift() ?? null);

    expect(await untilBad(ask, limits, new AbortController().signal)).toBe('shard status unknown');
    expect(answers).toEqual(['never asked']);
    const over = new AbortController();
    setTimeout(() => over.abort(), 20);
    expect(await untilBad(() => Promise.resolve(null), limits, over.signal)).toBeNull();
  });
});

it.each([
  ['localhost', true],
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['[::1]', true],
  ['127.0.0.1.example', false],
  ['128.0.0.1', false],
  ['localhost.example', false],
  ['10.0.0.1', false],
  ['::', false],
])('%s is this machine: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

it('lets a proxy come between Gantry and a server elsewhere, never between Gantry and this machine', () => {
  expect(channelArgs('temporal.example:7233')).toEqual({});
  for (const address of ['127.0.0.1:7233', 'localhost:7233', '[::1]:7233'])
    expect(channelArgs(address)).toEqual({ 'grpc.enable_http_proxy': 0 });
});
