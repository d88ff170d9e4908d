import { describe, expect, it } from 'vitest';
import { completionStatement } from '../../../../src/domain/record/certifying-statement.ts';
import { renderRecord } from '../../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../../src/domain/record/record.ts';
import { recordFileName } from '../../../../src/domain/record/record-file-name.ts';
import { goodJournal, type JournalFixture, rolledBackJournal } from '../../../support/journal.ts';

const headings = [
  '## Deployment Certification',
  '## Deployment Execution Log',
  '## Production Validation Results',
  '## Change Management Documentation',
  '## Final Workflow Completion',
];

function markdownOf({ plan, planDigest, journal }: JournalFixture, state: 'draft' | 'final' = 'final'): string {
  return renderRecord(buildRecord(plan, planDigest, journal, { state }));
}

const sectionOf = (markdown: string, heading: string) => markdown.split(`${heading}\n`)[1]?.split('\n## ')[0] ?? '';

/** What a renderer would make of each line: a heading, a row of so many cells, or text. */
function shapeOf(markdown: string): readonly string[] {
  return markdown.split('\n').map((line) => {
    if (/^ {0,3}#{1,6}( |$)/.test(line)) return /^#+/.exec(line)?.[0] ?? '#';
    if (/^ {0,3}(=+|-+|\*{3,}|_{3,}) *$/.test(line)) return 'underline';
    if (/^ {0,3}([-+*]|\d+[.)])( |$)/.test(line)) return 'list';
    if (/^ {0,3}>/.test(line)) return 'quotation';
    if (/^ {0,3}(```|~~~)/.test(line)) return 'fence';
    const bars = line.match(/(?<!\\)\|/g)?.length ?? 0;
    return bars > 0 ? `row ${bars}` : line === '' ? '' : 'text';
  });
}

/** Rows that follow each other must have the same number of cells; these have not. */
function brokenRows(shape: readonly string[]): readonly string[] {
  return shape.filter((line, i) => {
    const before = shape[i - 1];
    return line.startsWith('row') && before?.startsWith('row') === true && line !== before;
  });
}

describe.each([
  ['good', goodJournal],
  ['rolled-back', rolledBackJournal],
])('the record of a %s deployment', (_, fixture) => {
  it('has exactly five second-level headings, in their order, at every moment of the deployment', () => {
    const given = fixture();
    for (let length = 1; length <= given.journal.length; length += 1) {
      const markdown = markdownOf({ ...given, journal: given.journal.slice(0, length) }, 'draft');
      expect(markdown.split('\n').filter((line) => line.startsWith('## '))).toStrictEqual(headings);
      expect(brokenRows(shapeOf(markdown))).toStrictEqual([]);
    }
  });

  it('is the same bytes for the same journal, whatever came after its end', () => {
    const given = fixture();
    const published = { type: 'record-published', state: 'final', path: 'x', digest: given.planDigest } as const;
    const later = { v: 1, seq: given.journal.length + 1, at: '2026-11-24T00:00:00.000Z', ...published } as const;
    const again = JSON.parse(JSON.stringify(given)) as JournalFixture;
    expect(markdownOf({ ...again, journal: [...again.journal, later] })).toBe(markdownOf(given));
  });

  it('writes every time in UTC with milliseconds', () => {
    const markdown = markdownOf(fixture());
    const times = markdown.match(/\d{4}-\d\d-\d\dT[^\s|,;)]*/g) ?? [];
    expect(times.length).toBeGreaterThan(30);
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z[.:]?$/);
  });

  it('shows every step with what was planned and what came of it', () => {
    const given = fixture();
    const section = sectionOf(markdownOf(given), '## Deployment Execution Log');
    for (const [i, { id }] of given.plan.steps.entries()) {
      const row = section.split('\n').find((line) => line.startsWith(`| ${i + 1} ${id} |`));
      const [planned, actual] = row?.split(' | ').slice(1, 3) ?? [];
      expect(planned).toMatch(/^(`.+` ≤ |hold |1 service-owner within )/);
      expect(actual).toMatch(/exit 0|204|held|cut short|approved by|not reached/);
    }
  });
});

it('states the completion and the absences of a good deployment', () => {
  const markdown = markdownOf(goodJournal());
  expect(sectionOf(markdown, '## Final Workflow Completion').trim().split('\n')[0]).toBe(completionStatement);
  expect(markdown).toMatch(/No deviations: 5 of 5 steps matched plan `sha256:/);
  expect(markdown).toContain(
    'No rollback. Back-out plan, not needed: switch: `PUT http://127.0.0.1:4000/route slot=green`',
  );
  expect(markdown).toContain('Zero downtime, measured: 20,778 probes');
  expect(markdown).toContain('Not covered: performance validation (no metrics source in this environment)');
  expect(markdown).toContain(
    'Not required by policy `sha256:8888…888`: a rehearsal of the rollback, a deployment window',
  );
  expect(markdown).toContain('read back as the same digest by version');
});

it('marks an author whom the policy does not know as accepted, and no other', () => {
  const { plan, planDigest, journal } = goodJournal();
  const section = (authors: readonly string[]) =>
    sectionOf(
      markdownOf({ plan: { ...plan, change: { ...plan.change, authors } }, planDigest, journal }),
      '## Change Management Documentation',
    );
  expect(section(['key:alice', 'github:e_ve'])).toContain(
    'Author github:e&#95;ve: unknown to the policy, accepted by policy.',
  );
  expect(section(['key:alice', 'github:e_ve'])).not.toContain('Author key:alice');
  expect(section(['key:alice'])).not.toContain('unknown to the policy');
});

it('shows of a rollback what was measured, what was undone and what serves now', () => {
  const markdown = markdownOf(rolledBackJournal());
  expect(markdown).toContain('**ROLLED BACK** · FINAL');
  expect(markdown).toMatch(
    /In one line \| Health check front-door breached: .*, 10\.300 s into step 4 \(watch\); .* 5 of 413 probes/,
  );
  expect(markdown).toContain('5 failed, all answered by 1.4.2');
  expect(markdown).not.toContain('Zero downtime');
  expect(markdown).toContain('**asserted, not verified** (policy: unsigned accept)');
  expect(markdown).toMatch(
    /\| 1 `PUT http:\/\/127\.0\.0\.1:4000\/route slot=green` \| 3 switch \| its effect is there: to be undone \|/,
  );
  expect(markdown).toContain('verdict → first compensation 19 ms');
  expect(markdown).toContain('Now: 1.4.1, read back');
});

it('states each thing once: the cause, what a breach measured, what would be undone, what is not required', () => {
  const markdown = markdownOf(rolledBackJournal());
  const times = (text: string) => markdown.split(text).length - 1;
  // In one line, the breach itself, and the deviation that it is.
  expect(times('4 failures > limit 3')).toBe(3);
  expect(times('Not required by policy')).toBe(1);
  expect(markdown).toMatch(/^Rollback started \S+: health check front-door breached\.$/m);
  expect(markdown).not.toMatch(/Ended because|Back-out plan|The target serves now/);
});

it('shows by how much clocks differ at least, however long an action or its answer took', () => {
  const given = goodJournal();
  const late = given.journal.map((entry) => {
    if (entry.type !== 'action-completed' || entry.step !== 'switch') return entry;
    return { ...entry, at: '2026-11-23T09:15:06.000Z' };
  });
  expect(markdownOf({ ...given, journal: late })).toContain('worker w-1, clocks: no difference seen)');
  const shifted = (ms: number) =>
    given.journal.map((entry) => {
      if (entry.type !== 'action-completed') return entry;
      const moved = (at: string) => new Date(Date.parse(at) + ms).toISOString();
      const { startedAt, endedAt } = entry.outcome;
      return { ...entry, outcome: { ...entry.outcome, startedAt: moved(startedAt), endedAt: moved(endedAt) } };
    });
  for (const ms of [-60_000, 60_000])
    expect(markdownOf({ ...given, journal: shifted(ms) })).toMatch(
      /worker w-1, clocks: at least (1 min|59\.\d+ s) apart\)/,
    );
});

it('claims no zero downtime for a time without probes', () => {
  const given = goodJournal();
  const gap = { from: '2026-11-23T09:20:00.000Z', to: '2026-11-23T09:20:05.000Z' };
  const journal = given.journal.map((entry) =>
    entry.type === 'health-observed'
      ? { ...entry, summaries: entry.summaries.map((summary) => ({ ...summary, unwatched: [gap] })) }
      : entry,
  );
  const markdown = markdownOf({ ...given, journal });
  expect(markdown).not.toContain('Zero downtime');
  expect(markdown).toContain('**not probed** 2026-11-23T09:20:00.000Z to 2026-11-23T09:20:05.000Z');
});

it('says GO when the last gate has passed that is evaluated again once the target is granted, before anything begins', () => {
  const { plan, planDigest, journal } = goodJournal();
  const { certification } = buildRecord(plan, planDigest, journal, { state: 'final' });
  const granted = journal.find(({ type }) => type === 'lock-granted')?.at ?? '';
  const begun = journal.find(({ type }) => type === 'step-started')?.at ?? '';
  const evaluated = certification.gates.flatMap(({ at }) => at ?? []).sort();
  expect(evaluated.at(-1)).toBe(certification.goAt);
  expect([granted, certification.goAt ?? '', begun]).toEqual([granted, certification.goAt ?? '', begun].sort());
});

it('says in one line what a success came to', () => {
  const { plan, planDigest, journal } = goodJournal();
  const { header } = buildRecord(plan, planDigest, journal, { state: 'final' });
  expect(header.oneLine).toMatch(
    /^1\.4\.2 serves in place of 1\.4\.1, confirmed at 2026-\S+Z after 15 min of monitoring; 0 of [\d,]+ probes of .* failed, longest gap \d+ ms$/,
  );
});

it('lists what a person may do when the target keeps its lock', () => {
  const given = rolledBackJournal();
  const journal = given.journal
    .filter((entry) => !(entry.type === 'compensation-completed' && entry.step === 'start-idle'))
    .map((entry) => {
      if (entry.type === 'compensation-completed' && entry.step === 'switch')
        return { ...entry, result: 'failed' as const, summary: '500' };
      if (entry.type === 'rollback-completed')
        return { ...entry, result: 'failed' as const, notRun: ['warm-up', 'start-idle'] };
      return entry.type === 'ended' ? { ...entry, outcome: 'needs-intervention' as const } : entry;
    });
  const markdown = markdownOf({ ...given, journal });
  expect(markdown).toContain(
    '| **Unknown** | whether switch is undone: 500; its undo: `PUT http://127.0.0.1:4000/route slot=green` |',
  );
  expect(markdown).toContain('| **Not run** | undo of start-idle: `./shopctl stop blue` |');
  // As they are to be sent: with what serves, from which slot.
  expect(markdown).toMatch(/resolve \{"deployment":"shop\.production\.\d+","decision":"compensate","reason":"…"\}/);
  for (const [release, slot] of [
    ['1.4.1', 'green'],
    ['1.4.2', 'blue'],
  ])
    expect(markdown).toMatch(
      new RegExp(
        `"decision":"accept","live":\\{"release":"${release}","artifact":\\{.*"digest":"sha256:.*\\},"slot":"${slot}"\\}`,
      ),
    );
  expect(markdown).toContain('unknown, the rollback could not be verified');
});

describe('free text', () => {
  const bidi = '\u202egpj.exe\u2066\u200b\u3164\u115f\u1160\uffa0\u2800\u034f\u00ad\u180e\u{e0100}';
  const ansi = '\u001b[31mred\u001b[0m \u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007 \u009b2J';
  const hostile = [
    'a | b',
    '`code` ```',
    '<script>alert(1)</script><img src=x onerror=x> <!-- -->',
    '[click](javascript:alert(1)) ![i](javascript:x) [x]: javascript:y <javascript:z>',
    'one\n## Two\r\n| x | y |\n|---|---|\n\n***\n> quoted\n- item\u2028# three\u2029===',
    `${ansi} ${bidi} \u0000 \\| \\`,
    'www.evil.example https://evil.example/|x`y mailto:a@b.example &lt;b&gt;',
    '## heading',
    '---',
    '1. item',
    '> quoted',
    '| cell |',
  ];
  const freeTextKeys = new Set(
    `name summary reason statement title description instructions impact ticket found required why what decidedBy
     authority detail threshold stakeholder how readBack of worker code fault url uri path release
     command`.split(/\s+/),
  );
  const kept = new Set(['slots', 'slot', 'procedure', 'bindings', 'evidence']);

  function poison(value: unknown, poisoned: string, key = ''): unknown {
    if (typeof value === 'string') return freeTextKeys.has(key) ? poisoned : value;
    if (Array.isArray(value)) return value.map((item) => poison(item, poisoned, key));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]) => [name, kept.has(name) ? member : poison(member, poisoned, name)]),
    );
  }

  describe.each([
    ['good', goodJournal],
    ['rolled-back', rolledBackJournal],
  ])('in the record of a %s deployment', (_, fixture) => {
    it.each(hostile.map((text) => [JSON.stringify(text), text]))('leaves the document as it is: %s', (_shown, text) => {
      const good = fixture();
      const given = { ...good, ...(poison({ plan: good.plan, journal: good.journal }, text) as object) };
      const clean = { ...good, ...(poison({ plan: good.plan, journal: good.journal }, 'harmless words') as object) };
      const markdown = markdownOf(given);
      expect(shapeOf(markdown)).toStrictEqual(shapeOf(markdownOf(clean)));
      expect(markdown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/u);
      const outsideCode = markdown.replace(/`[^`\n]*`/g, '');
      expect(outsideCode).not.toContain('`');
      expect(outsideCode).not.toMatch(/<[a-z/!]|\]\((?!https?:)|\]:|!\[|:\/\/.*\]\(javascript/i);
    });
  });

  it('makes a link of an http or https URL only', () => {
    const given = goodJournal();
    const withUrl = (url: string) =>
      markdownOf({
        ...given,
        journal: given.journal.map((entry) => (entry.type === 'gate-evaluated' ? { ...entry, url } : entry)),
      });
    expect(withUrl('https://ci.example/1')).toContain('](https://ci.example/1)');
    for (const url of [
      'javascript:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'https://u:p@ci.example/',
      '//x',
    ])
      expect(withUrl(url).match(/\]\(/g)?.length ?? 0).toBe(1);
  });
});

it('names the file after the release and the UTC day of the request, and after the deployment where that is taken', () => {
  const plan = { release: '1.4.2' };
  const at = '2026-11-23T23:59:59.999-01:00';
  expect(recordFileName(plan, at, 'shop.production.7', { taken: false })).toBe('deployment-1.4.2-2026-11-24.md');
  expect(recordFileName(plan, at, 'shop.production.7', { taken: true })).toBe(
    'deployment-1.4.2-2026-11-24-shop.production.7.md',
  );
});

it('refuses a journal that does not begin with the request', () => {
  const { plan, planDigest, journal } = goodJournal();
  expect(() => buildRecord(plan, planDigest, journal.slice(1), { state: 'draft' })).toThrow('begin with the request');
});

it('marks a release that replaces one of the same name and another digest', () => {
  const { plan, planDigest, journal } = goodJournal();
  const servedBy = (name: string, digest?: string) =>
    markdownOf({
      plan,
      planDigest,
      journal: journal.map((entry) => {
        if (entry.type !== 'lock-granted' || !entry.bindings.live) return entry;
        const { artifact } = entry.bindings.live;
        const live = {
          ...entry.bindings.live,
          release: name,
          artifact: { ...artifact, digest: digest ?? artifact.digest },
        };
        return { ...entry, bindings: { ...entry.bindings, live } };
      }),
    });
  expect(servedBy(plan.release)).toMatch(/\| Replaces \| 1\.4\.2 .*\*\*two releases of one name\*\*, by their digests/);
  expect(servedBy(plan.release, plan.artifact.digest)).not.toContain('two releases of one name');
  expect(servedBy('1.4.1')).not.toContain('two releases of one name');
});
