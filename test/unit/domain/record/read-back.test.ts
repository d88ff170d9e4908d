import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { artifactReadBack } from '../../../../src/domain/record/artifact-read-back.ts';
import { readsArtifactBack, sourceOf } from '../../../../src/domain/record/source.ts';
import { goodJournal } from '../../../support/journal.ts';

const { plan } = goodJournal();
const { digest } = plan.artifact;

it.each<readonly [string, JsonObject, boolean]>([
  ['it compares it', { http: 'http://x/', json: { '/digest': digest } }, true],
  ['it hands it to a command', { command: ['./shopctl', 'version', digest] }, true],
  ['it sends it in a URL', { http: `http://x/${digest}` }, false],
  ['it sends it in a body', { http: 'http://x/', body: { digest } }, false],
  ['it sends it in a header', { http: 'http://x/', headers: { 'x-digest': digest } }, false],
])('whether a check reads the artifact back: %s', (_, spec, reads) => {
  const check = plan.validation.smoke.kind === 'checks' ? plan.validation.smoke.checks[0] : undefined;
  if (!check) throw new Error('no check');
  expect(readsArtifactBack(plan, { ...check, spec })).toBe(reads);
});

describe('the artifact counts as read back', () => {
  const given = goodJournal();
  const comparing = { http: 'http://x/', json: { '/digest': digest } };
  const isOf = (check: string) => (entry: JournalEntry) => entry.type === 'check-completed' && entry.check === check;
  /** The good deployment where no check that verifies or validates compares the digest. */
  const uncompared = given.journal.filter((entry) => !isOf('version')(entry));
  const readBy = (journal: readonly JournalEntry[], more: Partial<typeof plan> = {}) =>
    artifactReadBack(sourceOf({ ...plan, ...more }, given.planDigest, journal))?.check ?? null;

  it('by a check that verifies a step', () => {
    expect(readBy(given.journal)).toBe('version');
    expect(readBy(uncompared)).toBeNull();
  });

  it('by a health check that compares it', () => {
    const latest = {
      verdict: 'passed',
      startedAt: given.journal.at(-1)?.at ?? '',
      endedAt: given.journal.at(-1)?.at ?? '',
      summary: '200',
    } as const;
    const seen = (verdict: 'passed' | 'failed' | 'error') =>
      uncompared.map((entry) =>
        entry.type === 'health-observed'
          ? { ...entry, summaries: entry.summaries.map((one) => ({ ...one, latest: { ...latest, verdict } })) }
          : entry,
      );
    const health = plan.health.map((check) => ({ ...check, kind: 'http', spec: comparing }));
    expect(readBy(seen('passed'), { health })).toBe(plan.health[0]?.id);
    expect(readBy(seen('failed'), { health })).toBeNull();
    // What could not be measured takes nothing back.
    expect(readBy(seen('error'), { health })).toBeNull();
    expect(readBy(seen('passed'))).toBeNull();
  });

  it('by the read-back of a step', () => {
    const steps = plan.steps.map((step) => {
      const [check] = plan.health;
      return step.kind === 'action' && check ? { ...step, done: { ...check, kind: 'http', spec: comparing } } : step;
    });
    const place = { v: 1, seq: 1, at: given.journal.at(-1)?.at ?? '' } as const;
    const entry = (verdict: 'done' | 'unknown') =>
      ({ ...place, type: 'read-back', step: 'switch', attempt: 1, verdict, summary: '200' }) as const;
    expect(readBy([...uncompared.slice(0, -1), entry('done')], { steps })).toBe('the read-back of switch');
    expect(readBy([...uncompared.slice(0, -1), entry('unknown')], { steps })).toBeNull();
  });
});
