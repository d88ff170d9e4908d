import { describe, expect, it } from 'vitest';
import { byteLength, digestOf } from '../../../../src/domain/base/canonical-json.ts';
import { type EntryBody, type EntryOf } from '../../../../src/domain/journal/entries.ts';
import { entryLimitBytes, fitEntry } from '../../../../src/domain/journal/fit-entry.ts';
import { type HealthSummary } from '../../../../src/domain/journal/values.ts';

const bytesOf = (body: EntryBody) =>
  byteLength(JSON.stringify({ v: 1, seq: 999_999, at: '2026-11-23T09:15:35.000Z', ...body }));
const at = '2026-11-23T09:15:35.000Z';
const many = <V>(count: number, make: (i: number) => V): readonly V[] =>
  Array.from({ length: count }, (_, i) => make(i));
/** Every string in a value. */
const stringsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : value === null || typeof value !== 'object'
      ? []
      : Object.values(value).flatMap(stringsIn);

/** Texts as they may come: plain, of characters with three bytes, and of some that JSON escapes with six. */
const texts = { plain: 'x', wide: '漢', escaped: '\u0001', halves: '\ud83d' } as const;
const name = 'a'.repeat(63);
const subject = `key:${'a'.repeat(250)}`;
const by = { subject, name: '漢'.repeat(100), via: 'api', identity: 'verified' } as const;

const summaryOf = (i: number, text: string): HealthSummary => ({
  check: `${'c'.repeat(60)}${i}`,
  kind: 'availability',
  of: text.repeat(200),
  verdict: 'passed',
  samples: 123_456,
  failed: 0,
  errors: 0,
  failureLimit: 3,
  threshold: '≤ 3 of the last 20 samples failed',
  window: { kind: 'samples', size: 20 },
  worstWindowFailed: 0,
  intervalMs: 50,
  badBefore: 0,
  latest: null,
  lastGoodStartedAt: null,
  startedAt: at,
  endedAt: at,
  firstBadAt: at,
  lastBadAt: at,
  badAnswersBy: Object.fromEntries(many(21, (n) => [`${'r'.repeat(60)}${n}`, n])),
  maxGapMs: 82,
  unwatched: many(20, () => ({ from: at, to: at })),
});

const entriesWith = (text: string): readonly EntryBody[] => [
  { type: 'health-observed', summaries: many(50, (i) => summaryOf(i, text)), worker: text.repeat(300) },
  { type: 'health-observed', summaries: [summaryOf(1, text)], worker: name },
  { type: 'step-started', step: name, attempt: 1, resolved: { command: many(100, () => text.repeat(900)) } },
  {
    type: 'step-started',
    step: name,
    attempt: 1,
    resolved: { command: many(100, (i) => `word-${i}-${'w'.repeat(200)}`) },
  },
  { type: 'step-started', step: name, attempt: 1, resolved: { [text.repeat(9000)]: { [text.repeat(9000)]: [text] } } },
  {
    type: 'step-started',
    step: name,
    attempt: 1,
    resolved: { body: many(20, () => many(20, () => many(20, () => text))) },
  },
  {
    type: 'compensation-started',
    step: name,
    attempt: 3,
    resolved: { http: text.repeat(2048), body: Object.fromEntries(many(2000, (i) => [`key-${i}`, text])) },
  },
  {
    type: 'rollback-completed',
    result: 'frozen',
    summary: text.repeat(500),
    notRun: many(100, (i) => `${'s'.repeat(60)}${i}`),
  },
  {
    type: 'gate-evaluated',
    gate: 'health-answers',
    moment: 'verifying',
    required: text.repeat(5000),
    found: text.repeat(5000),
    verdict: 'failed',
    url: `https://ci.example/${'u'.repeat(490)}`,
    digest: digestOf(''),
  },
  {
    type: 'check-completed',
    for: 'validation',
    check: name,
    kind: 'http',
    verdict: 'failed',
    threshold: text.repeat(200),
    summary: text.repeat(5000),
    samples: 1,
    observed: Object.fromEntries(many(20, (i) => [`/${text.repeat(300)}${i}`, text.repeat(200)])),
    startedAt: at,
    endedAt: at,
  },
  {
    type: 'action-completed',
    step: name,
    attempt: 1,
    outcome: {
      kind: 'failed',
      summary: text.repeat(500),
      observed: { exitCode: 1 },
      startedAt: at,
      endedAt: at,
      output: {
        head: text.repeat(1024),
        tail: text.repeat(1024),
        bytes: 1 << 20,
        digest: digestOf(''),
        truncated: true,
      },
      worker: name,
    },
  },
  {
    type: 'requested',
    deployment: `${name}.${name}.999999999`,
    workflowId: `deployment/${name}/${name}/999999999`,
    number: 999_999_999,
    service: name,
    environment: name,
    release: name,
    artifactDigest: digestOf(''),
    requester: by,
    change: {
      summary: text.repeat(200),
      reason: text.repeat(1000),
      type: 'normal',
      risk: 'high',
      impact: text.repeat(300),
      ticket: text.repeat(200),
      authors: many(50, () => subject),
      onBehalfOf: subject,
      initial: false,
    },
  },
  {
    type: 'message-refused',
    message: text.repeat(20_000),
    by: text.repeat(20_000),
    via: 'signal',
    code: 'malformed',
    detail: text.repeat(9000),
  },
  { type: 'rollback-started', cause: { kind: 'abort', by, reason: text.repeat(5000) } },
  { type: 'note-added', by, severity: 'major', statement: text.repeat(5000) },
  {
    type: 'deviation',
    code: 'retry',
    severity: 'minor',
    what: text.repeat(20_000),
    decidedBy: 'Gantry',
    authority: digestOf(''),
    step: name,
  },
];

describe.each(Object.entries(texts))('an entry full of texts that are %s', (_, text) => {
  it.each(entriesWith(text).map((entry, i) => [entry.type, i, entry] as const))('fits: %s %#', (_type, _i, entry) => {
    const fitted = fitEntry(entry);
    expect(bytesOf(fitted)).toBeLessThanOrEqual(entryLimitBytes);
    expect(JSON.stringify(fitEntry(entry))).toBe(JSON.stringify(fitted));
    expect(fitEntry(fitted)).toStrictEqual(fitted);
  });

  it('grows nowhere', () => {
    const lengths = (value: unknown) => Math.max(...stringsIn(value).map((one) => byteLength(JSON.stringify(one))));
    for (const entry of entriesWith(text))
      expect(lengths(fitEntry(entry))).toBeLessThanOrEqual(Math.max(254, lengths(entry)));
  });
});

describe('a fitted entry', () => {
  const argv = (count: number): EntryOf<'step-started'> => ({
    type: 'step-started',
    step: name,
    attempt: 1,
    resolved: { command: many(count, (i) => `word-${i}-${'w'.repeat(100)}`), env: { PORT: '1' } },
  });

  it('is the entry itself when it fits', () => {
    const entry = argv(20);
    expect(fitEntry(entry)).toBe(entry);
  });

  it('keeps the beginning of a list and says how many members are left out', () => {
    const words = (entry: EntryOf<'step-started'>) => (entry.resolved?.['command'] ?? []) as readonly string[];
    const fitted = fitEntry(argv(100));
    const { resolved, leftOut } = fitted;
    const kept = words(fitted);
    expect(kept).toStrictEqual(words(argv(100)).slice(0, kept.length));
    expect(kept.length).toBeGreaterThan(20);
    expect(leftOut).toStrictEqual({ '/resolved/command': 100 - kept.length });
    expect(resolved?.['env']).toStrictEqual({ PORT: '1' });
  });

  it('keeps every id and time of a list whole', () => {
    const notRun = many(100, (i) => `${'s'.repeat(60)}${i}`);
    const fitted = fitEntry({ type: 'rollback-completed', result: 'failed', summary: 'x'.repeat(9000), notRun });
    expect(notRun).toEqual(expect.arrayContaining([...fitted.notRun]));
    expect(fitted.leftOut).toStrictEqual({ '/notRun': 100 - fitted.notRun.length });
    const observed = fitEntry({ type: 'health-observed', summaries: [summaryOf(1, '漢')], worker: name });
    expect(observed.summaries[0]).toMatchObject({
      check: summaryOf(1, '').check,
      startedAt: at,
      lastBadAt: at,
      samples: 123_456,
    });
    for (const gap of observed.summaries[0]?.unwatched ?? []) expect(gap).toStrictEqual({ from: at, to: at });
  });

  it('shows the beginning and the end of a long text, and the digest of all of it', () => {
    const what = `begin ${'x'.repeat(9000)} end`;
    const fitted = fitEntry({
      type: 'deviation',
      code: 'retry',
      severity: 'minor',
      what,
      decidedBy: 'Gantry',
      authority: 'plan',
    });
    expect(fitted.what).toMatch(/^begin x+… \[9010 characters, sha256:[0-9a-f]{64}\] …x+ end$/);
    expect(fitted.what).toContain(digestOf(what));
    expect(fitted).not.toHaveProperty('leftOut');
  });

  it('is never a grant of the lock: what acts is filled in from it', () => {
    const digest = digestOf('');
    const live = { release: '1', artifact: { uri: 'u'.repeat(512), digest }, since: at, deployment: null };
    const idle = Object.fromEntries(many(10, (i) => [`key-${i}`, 'v'.repeat(512)]));
    const grant: EntryBody = {
      type: 'lock-granted',
      fence: 1,
      bindings: { deployment: 'shop.production.1', fence: 1, live, slot: { live: idle, idle } },
    };
    expect(fitEntry(grant)).toBe(grant);
  });
});
