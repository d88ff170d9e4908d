import { describe, expect, it } from 'vitest';
import type { EntryBody, JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { completion } from '../../../../src/domain/record/certifying-statement.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { goodJournal } from '../../../support/journal.ts';

const documents: NonNullable<Plan['documents']> = [
  {
    name: 'runbooks',
    url: 'https://git.shop.example/runbooks.git',
    branch: 'main',
    author: { name: 'Gantry', email: 'gantry@shop.example' },
    credentials: null,
    documents: [
      { path: 'shop.md', what: { kind: 'block', block: 'release' } },
      { path: 'records', what: { kind: 'record' } },
    ],
  },
];
const block = { repository: 'runbooks', path: 'shop.md', block: 'release' } as const;
const record = { repository: 'runbooks', path: 'records/deployment-1.4.2.md', block: null } as const;
const written = (place: typeof block | typeof record, more: object = {}): EntryBody => ({
  type: 'document-written',
  ...place,
  result: 'written',
  before: 'a'.repeat(40),
  after: 'b'.repeat(40),
  difference: '+ serves 1.4.2',
  ...more,
});

/** A deployment whose journal has these right before its end, and those behind it. */
function given(before: readonly EntryBody[], behind: readonly EntryBody[] = []) {
  const { plan, planDigest, journal } = goodJournal();
  const end = journal.at(-1) as JournalEntry;
  const placed = (bodies: readonly EntryBody[]) =>
    bodies.map((body) => ({ v: 1 as const, seq: 0, at: end.at, ...body }));
  const whole = [...journal.slice(0, -1), ...placed(before), end, ...placed(behind)].map((entry, i) => ({
    ...entry,
    seq: i + 1,
  }));
  const all = { ...plan, documents };
  return {
    lines: renderRecord(buildRecord(all, planDigest, whole, { state: 'final' })).split('\n'),
    unsatisfied: completion(all, whole).unsatisfied.filter((one) => one.startsWith('document ')),
  };
}
const said = ({ lines }: ReturnType<typeof given>) => ({
  sentence: lines.find((line) => line.startsWith('Documentation: ')),
  rows: lines.filter((line) => line.startsWith('| `runbooks:')),
});

describe('documents in the record', () => {
  it('that were still being written at the end are shown so, until their result is known', () => {
    const { type: _, ...place } = { type: 'document-pending', ...block } as const;
    const pending: EntryBody = { type: 'document-pending', ...place };
    const late = given([pending, written(record)]);
    expect(said(late).sentence).toBe('Documentation: 1 document **still being written at the end**, as follows.');
    expect(said(late).rows[0]).toContain('**still being written at the end**');
    expect(late.unsatisfied).toEqual(['document runbooks:shop.md release not written']);
    const over = given([pending, written(record)], [written(block)]);
    expect(said(over).sentence).toBe('Documentation: written as follows.');
    expect(said(over).rows).toHaveLength(2);
    expect(over.unsatisfied).toEqual([]);
  });

  it('that a later deployment had written are shown so, with that deployment', () => {
    const { sentence, rows } = said(
      given([written(block, { result: 'newer', difference: 'written by shop/production 8.1' }), written(record)]),
    );
    expect(sentence).toBe('Documentation: 1 document left as somebody later has written it, as follows.');
    expect(rows[0]).toMatch(/left as somebody later has written it .*written by shop\/production 8\.1/);
  });

  it.each([
    '<script>alert(1)</script> | x |',
    '`code` [click](javascript:alert(1)) ![i](x)',
    '# heading\r\n| a | b |\n|---|---|\n> quoted',
  ])('make nothing of what a file or a remote says: %j', (hostile) => {
    const failed = (why: string): EntryBody => ({ type: 'document-failed', ...record, trouble: 'refused', why });
    const { lines } = given([written(block, { difference: `- ${hostile}` }), failed(hostile)]);
    const harmless = given([written(block, { difference: '- words' }), failed('words')]);
    expect(lines).toHaveLength(harmless.lines.length);
    const rows = lines.filter((line) => line.startsWith('| `runbooks:'));
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row.split('|')).toHaveLength(7);
      expect(row.replace(/`[^`]*`/g, '')).not.toMatch(/[`<]|\]\(/);
    }
  });
});
