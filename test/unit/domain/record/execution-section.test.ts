import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import { fitEntry } from '../../../../src/domain/journal/fit-entry.ts';
import { describeAction } from '../../../../src/domain/kinds/describe.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { thresholdOf } from '../../../support/expects.ts';
import { goodJournal, type JournalFixture, rolledBackJournal } from '../../../support/journal.ts';
import { artifactDigest } from '../planning-input.ts';

const recordOf = ({ plan, planDigest, journal }: JournalFixture) =>
  buildRecord(plan, planDigest, journal, { state: 'final' });

const changed = (given: JournalFixture, change: (entry: JournalEntry) => JournalEntry): JournalFixture => ({
  ...given,
  journal: given.journal.map(change),
});

/** The journal of a step, or of its compensation, that was given another argv. */
const withArgv = (given: JournalFixture, step: string, command: readonly string[]) =>
  changed(given, (entry) =>
    (entry.type === 'step-started' || entry.type === 'compensation-started') && entry.step === step
      ? { ...entry, resolved: { command } }
      : entry,
  );

describe('what a step printed', () => {
  /** With what its action printed in place of what it did. */
  const printed = (kind: 'completed' | 'failed', head: string, tail = '') =>
    changed(rolledBackJournal(), (entry) =>
      entry.type === 'action-completed' && entry.step === 'warm-up'
        ? {
            ...entry,
            outcome: {
              ...entry.outcome,
              kind,
              output: { head, tail, bytes: head.length, digest: artifactDigest, truncated: tail !== '' },
            },
          }
        : entry,
    );

  it('last stands below the steps where it failed, in a block that it cannot end', () => {
    const lines = Array.from({ length: 12 }, (_, i) => `line ${i + 1}`);
    const hostile = ['    at shopctl:7', '```', '# A heading', '\u001b[31m<b>red</b>'];
    const markdown = renderRecord(recordOf(printed('failed', [...lines, '', ...hostile].join('\n'))));
    expect(markdown).toContain(
      ['Step warm-up printed last:', '', '````text', ...lines.slice(-6), ...hostile.slice(0, 3)].join('\n'),
    );
    expect(markdown).not.toContain('line 6\n');
    expect(markdown).not.toContain('\u001b');
    expect(recordOf(printed('failed', 'the head', 'cut\r\nthe tail\r\n')).execution.steps[1]?.lastLines).toEqual([
      'cut',
      'the tail',
    ]);
  });

  it('is left out where it completed, and where it printed nothing', () => {
    expect(renderRecord(recordOf(printed('completed', 'all is well')))).not.toContain('printed last');
    expect(renderRecord(recordOf(printed('failed', '  \n\n')))).not.toContain('printed last');
  });
});

describe('what ran', () => {
  it('is in the data of a record, whole, for every action and compensation', () => {
    const { steps, rollback } = recordOf(rolledBackJournal()).execution;
    expect(steps.map(({ resolved }) => resolved?.spec ?? null)).toStrictEqual([
      { command: ['./shopctl', 'start', 'blue', artifactDigest] },
      { command: ['./shopctl', 'warm', 'blue'] },
      { http: 'http://127.0.0.1:4000/route', method: 'PUT', body: { slot: 'blue' } },
      null,
      null,
    ]);
    expect(rollback.rows.map(({ resolved }) => resolved?.spec ?? null)).toStrictEqual([
      { http: 'http://127.0.0.1:4000/route', method: 'PUT', body: { slot: 'green' } },
      null,
      { command: ['./shopctl', 'stop', 'blue'] },
    ]);
  });

  it('is shown where it differs from plan and lock, and does not count as matched', () => {
    const record = recordOf(withArgv(goodJournal(), 'warm-up', ['./shopctl', 'warm', 'green']));
    expect(record.execution.matched).toBe(4);
    expect(record.completion.unsatisfied).toStrictEqual(['step warm-up not carried out as planned']);
    const markdown = renderRecord(record);
    expect(markdown).toContain('No deviations; 4 of 5');
    expect(markdown).toContain('exit 0; **not as planned**, attempt 1: `./shopctl warm green`');
    expect(markdown).toContain('4 of 5 steps matched plan');
  });

  it('counts as matched only when every attempt was as planned', () => {
    const given = goodJournal();
    const second = given.journal.flatMap((entry) =>
      entry.type === 'step-started' && entry.step === 'switch'
        ? [
            { ...entry, resolved: { http: 'http://127.0.0.1:4001/route' } },
            { ...entry, attempt: 2 },
          ]
        : [entry],
    );
    const record = recordOf({ ...given, journal: second.map((entry, i) => ({ ...entry, seq: i + 1 })) });
    expect(record.execution.steps[2]?.resolved).toMatchObject({ attempt: 2, asPlanned: false });
    expect(record.execution.matched).toBe(4);
  });

  it('does not count as matched where nothing was journaled of it', () => {
    const record = recordOf(
      changed(goodJournal(), (entry) => {
        if (entry.type !== 'step-started' || entry.step !== 'switch') return entry;
        const { resolved: _, ...rest } = entry;
        return rest;
      }),
    );
    expect(record.execution.matched).toBe(4);
    expect(renderRecord(record)).toContain('**what ran was not journaled**');
  });

  it('matches where the journal had to cut it', () => {
    const given = goodJournal();
    const long = 'x'.repeat(5_000);
    const plan = {
      ...given.plan,
      steps: given.plan.steps.map((step) =>
        step.id === 'warm-up' && step.kind === 'action'
          ? { ...step, do: { ...step.do, spec: { command: ['./shopctl', 'warm', long] } } }
          : step,
      ),
    };
    const journaled = (word: string) =>
      changed({ ...given, plan }, (entry) =>
        entry.type === 'step-started' && entry.step === 'warm-up'
          ? fitEntry({ ...entry, resolved: { command: ['./shopctl', 'warm', word] } })
          : entry,
      );
    expect(recordOf(journaled(long)).execution.matched).toBe(5);
    expect(recordOf(journaled(`${long.slice(0, -2_500)}y${long.slice(-2_499)}`)).execution.matched).toBe(4);
  });

  it('is shown with the attempt after which its effect was read back', () => {
    const given = goodJournal();
    const journal = given.journal.flatMap((entry): readonly JournalEntry[] => {
      if (entry.type !== 'action-completed' || entry.step !== 'switch') return [entry];
      const summary = `200, /digest is "${artifactDigest}"`;
      const place = { v: 1, seq: entry.seq, at: entry.at } as const;
      return [entry, { ...place, type: 'read-back', step: 'switch', attempt: 1, verdict: 'done', summary }];
    });
    expect(renderRecord(recordOf({ ...given, journal }))).toContain(
      '204; read back after attempt 1: done (200, /digest is "sha256:9f2c…e41")',
    );
  });

  it('does not match where a hold was shorter than planned', () => {
    const given = goodJournal();
    const plan = {
      ...given.plan,
      steps: given.plan.steps.map((step) => (step.kind === 'hold' ? { ...step, durationMs: 30_006 } : step)),
    };
    expect(recordOf({ ...given, plan }).execution.matched).toBe(4);
  });

  it('is marked where a compensation was not as planned', () => {
    const record = recordOf(withArgv(rolledBackJournal(), 'start-idle', ['./shopctl', 'stop', 'green']));
    expect(renderRecord(record)).toContain('done, exit 0, **not as planned**, attempt 1: `./shopctl stop green`');
  });
});

describe('what was watched', () => {
  const withUnwatched = (from: string, to: string) =>
    changed(goodJournal(), (entry) =>
      entry.type === 'health-observed'
        ? { ...entry, summaries: entry.summaries.map((summary) => ({ ...summary, unwatched: [{ from, to }] })) }
        : entry,
    );
  const verifiedBy = (given: JournalFixture) => {
    const { steps } = recordOf(given).execution;
    return steps.slice(3).map(({ verifiedBy: [seen] }) => [seen?.verdict, seen?.unwatched.length]);
  };

  it('is shown of a hold and a gate, each as far as it goes', () => {
    expect(verifiedBy(goodJournal())).toStrictEqual([
      ['passed', 0],
      ['passed', 0],
    ]);
    // The hold ends at 09:15:35.441.
    const given = withUnwatched('2026-11-23T09:15:30.000Z', '2026-11-23T09:15:37.441Z');
    expect(verifiedBy(given)).toStrictEqual([
      ['inconclusive', 1],
      ['passed', 1],
    ]);
    const markdown = renderRecord(recordOf(given));
    expect(markdown).toContain(
      'front-door: **inconclusive** (no breach), **not watched** 2026-11-23T09:15:30.000Z to 2026-11-23T09:15:35.441Z |',
    );
    expect(markdown).toContain(
      'front-door: passed (no breach), **not watched** 2026-11-23T09:15:35.441Z to 2026-11-23T09:15:37.441Z |',
    );
  });

  it('is unknown where the counts are not in the journal', () => {
    const given = goodJournal();
    const journal = given.journal.filter(({ type }) => type !== 'health-observed');
    expect(verifiedBy({ ...given, journal })).toStrictEqual([
      ['inconclusive', 0],
      ['inconclusive', 0],
    ]);
    expect(renderRecord(recordOf({ ...given, journal }))).toContain(
      'front-door: **inconclusive** (no breach, but its counts are not in the journal)',
    );
  });

  it('is never passed for a check that had no good sample at all', () => {
    const given = changed(goodJournal(), (entry) =>
      entry.type === 'health-observed'
        ? { ...entry, summaries: entry.summaries.map((summary) => ({ ...summary, verdict: 'inconclusive' })) }
        : entry,
    );
    expect(verifiedBy(given)).toStrictEqual([
      ['inconclusive', 0],
      ['inconclusive', 0],
    ]);
  });
});

describe('the user that commands ran as', () => {
  const ranAs = (...users: readonly (string | null)[]) => {
    const left = [...users];
    const given = changed(goodJournal(), (entry) =>
      entry.type === 'action-completed' && left.length > 0
        ? {
            ...entry,
            outcome: { ...entry.outcome, observed: { ...entry.outcome.observed, ranAs: left.shift() ?? null } },
          }
        : entry,
    );
    return /^Commands of steps ran as .*$/m.exec(renderRecord(recordOf(given)))?.[0] ?? null;
  };

  it('is shown as the journal has it: the worker itself, or a user of their own', () => {
    expect(ranAs(null)).toBe('Commands of steps ran as the worker itself, which keeps nothing from them.');
    expect(ranAs('gantry-commands', 'gantry-commands')).toBe('Commands of steps ran as user gantry-commands.');
    expect(ranAs('other', null)).toContain('as user other and as the worker itself');
    expect(ranAs()).toBeNull();
  });
});

describe('an action in one line', () => {
  it('names everything it was given', () => {
    expect(describeAction('command', { command: ['./a', 'b c', ''], env: { LEVEL: '3' } })).toBe(
      './a "b c" "" env.LEVEL=3',
    );
    const spec = { http: 'http://a/', headers: { Accept: 'x/y' }, body: { slot: 'blue' }, status: 204 };
    expect(describeAction('http', spec)).toBe('POST http://a/ headers.Accept=x/y slot=blue status=204');
  });

  it('never cuts a digest, and marks a word that it cuts', () => {
    const uri = `${'r'.repeat(400)}@${artifactDigest}`;
    expect(describeAction('command', { command: ['./a', uri] })).toBe(
      `./a ${'r'.repeat(80)}…${'r'.repeat(38)}@${artifactDigest}`,
    );
    const many = Array.from({ length: 12 }, () => artifactDigest);
    expect(describeAction('command', { command: many })).toBe(`${many.slice(0, 8).join(' ')} … and 4 more`);
    expect(thresholdOf('http', { json: { '/digest': artifactDigest, '/uri': uri } })).toMatch(
      new RegExp(`/digest = ${artifactDigest}, /uri = r+…r+@${artifactDigest}$`),
    );
  });

  it('shows digests so that they can be distinguished', () => {
    const markdown = renderRecord(recordOf(goodJournal()));
    expect(markdown).toContain('| 1 start-idle | `./shopctl start blue sha256:9f2c…e41` ≤ 30 s |');
  });
});
