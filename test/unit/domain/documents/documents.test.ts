import { describe, expect, it } from 'vitest';
import { rewriteBlock, type Stamp } from '../../../../src/domain/documents/block.ts';
import { commitMessage } from '../../../../src/domain/documents/commit-message.ts';
import { differenceOf } from '../../../../src/domain/documents/difference.ts';
import { pathFault } from '../../../../src/domain/documents/paths.ts';
import { placeTakenBy } from '../../../../src/domain/documents/place-taken.ts';
import { servesAtEnd } from '../../../../src/domain/documents/serves.ts';
import { servingWords } from '../../../../src/domain/documents/serving.ts';
import { troubleOf } from '../../../../src/domain/documents/trouble.ts';
import { type DocumentTrouble } from '../../../../src/domain/journal/document-troubles.ts';
import type { JournalEntry } from '../../../../src/domain/journal/entries.ts';
import type { LiveRelease } from '../../../../src/domain/plan/references.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { artifactDigest, planningInput } from '../planning-input.ts';

const stamp: Stamp = { target: 'shop/production', fence: 7, writing: 1 };
const page = (inner = '\n') => `# Shop\n<!-- gantry:release -->${inner}<!-- /gantry:release -->\nThe end.\n`;
const by = (target: string, order: string) => `\n<!-- ${target} ${order}: written by Gantry -->\n\nserves 1\n\n`;

describe('a block', () => {
  it('is rewritten between its markers, and nothing else of the file is, its ends of lines neither', () => {
    const unix = rewriteBlock(page('\nold words\n'), 'release', stamp, 'serves 1');
    expect(unix).toMatchObject({ kind: 'rewritten', before: 'old words' });
    const text = unix.kind === 'rewritten' ? unix.text : '';
    expect(text).toMatch(
      /^# Shop\n<!-- gantry:release -->\n<!-- shop\/production 7\.1\b[^\n]*-->\n\nserves 1\n\n<!-- \/gantry:release -->\nThe end\.\n$/,
    );
    expect(rewriteBlock(text, 'release', stamp, 'serves 1')).toEqual({ kind: 'same' });
    const windows = rewriteBlock(page().replaceAll('\n', '\r\n'), 'release', stamp, 'a\nb');
    expect(windows.kind === 'rewritten' && windows.text.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it.each([
    ['missing', '# Shop\n', 'there is no block release'],
    ['of another name', page().replaceAll('release', 'live'), 'there is no block release'],
    ['there twice', `${page()}${page()}`, 'the block release is there more than once'],
    ['without an end', '<!-- gantry:release -->\n', 'the block release has no end'],
    [
      'ended before it begins',
      '<!-- /gantry:release -->\n<!-- gantry:release -->\n',
      'the end of the block release belongs to no begin',
    ],
    ['ended twice', `${page()}<!-- /gantry:release -->`, 'the end of the block release belongs to no begin'],
    [
      'inside another',
      `<!-- gantry:all -->\n${page()}<!-- /gantry:all -->`,
      'the block release stands inside the block all',
    ],
    [
      'around another',
      page('\n<!-- gantry:a -->\n<!-- /gantry:a -->\n'),
      'the block a stands inside the block release',
    ],
    ['that of another target', page(by('cart/production', '3.1')), 'the block release is that of cart/production'],
    ['begun twice', page('\n<!-- gantry:release -->\n'), 'the block release is there more than once'],
    ['ended in a fenced block of code', page('\n```\n'), 'the block release has no end'],
    ['on one line with its end', page(''), 'there is no block release'],
    ['on a line with words', 'Here: <!-- gantry:release -->\n<!-- /gantry:release -->\n', 'belongs to no begin'],
  ])('that is %s is trouble, and is said', (_, file, why) => {
    const result = rewriteBlock(file, 'release', stamp, 'serves 2');
    expect(result.kind).toBe('trouble');
    expect(result.kind === 'trouble' && result.why).toContain(why);
  });

  it.each([
    // Whoever was granted the lock in between may still come, and must find that it is late.
    ['an earlier deployment that said the same', '6.4', 'serves 1', 1, 'rewritten'],
    ['an earlier one that said otherwise', '6.4', 'serves 2', 1, 'rewritten'],
    ['this very writing', '7.1', 'serves 1', 1, 'same'],
    ['an earlier writing of this one', '7.1', 'serves 2', 2, 'rewritten'],
    ['a later writing of this one', '7.2', 'serves 2', 1, 'newer'],
    ['a later deployment', '8.1', 'serves 2', 3, 'newer'],
    ['a later deployment that said the same', '10.1', 'serves 1', 1, 'newer'],
  ])('that was written by %s: %s over %s, writing %s, is %s', (_, order, words, writing, kind) => {
    const file = page(by('shop/production', order));
    expect(rewriteBlock(file, 'release', { ...stamp, writing }, words).kind).toBe(kind);
  });

  it('with the same words has the newest stamp, so that a late writer finds that it is late', () => {
    const repaired = rewriteBlock(page(by('shop/production', '6.1')), 'release', { ...stamp, fence: 8 }, 'serves 1');
    expect(repaired).toMatchObject({ kind: 'rewritten', isSame: true });
    const text = repaired.kind === 'rewritten' ? repaired.text : '';
    expect(rewriteBlock(text, 'release', stamp, 'serves 2')).toEqual({ kind: 'newer', by: 'shop/production 8.1' });
  });

  it('is not taken for one that stands in the file as an example', () => {
    const examples = [
      '```markdown',
      page().trim(),
      '```',
      '',
      '- ~~~~',
      '  ```',
      page().trim(),
      '  ~~~~',
      '',
      'Write `<!-- gantry:release -->` and `<!-- /gantry:release -->`, or ```in``` code.',
      '',
    ].join('\n');
    const result = rewriteBlock(`${examples}${page()}`, 'release', stamp, 'serves 1');
    expect(result.kind === 'rewritten' && result.text.startsWith(`${examples}# Shop\n`)).toBe(true);
    expect(rewriteBlock(examples, 'release', stamp, 'serves 1').kind).toBe('trouble');
  });

  it('keeps a byte order mark, an end of the file without a line, and how its markers are set in', () => {
    const file = '\uFEFF<!-- gantry:release -->\r\n  <!-- /gantry:release -->';
    const result = rewriteBlock(file, 'release', stamp, 'serves 1');
    const text = result.kind === 'rewritten' ? result.text : '';
    expect(text).toMatch(
      /^\uFEFF<!-- gantry:release -->\r\n<!--[^\r\n]*-->\r\n\r\nserves 1\r\n\r\n {2}<!-- \/gantry:release -->$/,
    );
  });
});

describe('the file of a record', () => {
  const owner = ['shop.production.7', '2026-11-23T08:00:00.000Z'];
  const record = (entries: number, of = owner) =>
    `# ${of.join(' ')}\n\nJournal: ${entries} entries, the last is ${entries} ended \`sha256:0\`.\n`;

  it('does not overwrite a newer record of the same deployment, or any of another', () => {
    expect(placeTakenBy(record(12), record(61), owner)).toBeNull();
    expect(placeTakenBy(record(61), record(61), owner)).toBeNull();
    expect(placeTakenBy(record(61), record(12), owner)).toBe('newer');
    expect(placeTakenBy(record(12, ['shop.production.8', owner[1] ?? '']), record(61), owner)).toBe('another');
    expect(placeTakenBy('# Notes of ours\n', record(61), owner)).toBe('another');
  });
});

describe('a path', () => {
  it.each(['README.md', 'docs/shop/runbook.md', '.claude/processes', '.github/shop.md', '.gitlab/x.md', 'a+b@c/_x.md'])(
    'takes %s',
    (path) => {
      expect(pathFault(path)).toBeNull();
    },
  );
  it.each([
    '../x.md',
    'a/../../x.md',
    './x.md',
    '/etc/passwd',
    'a//b.md',
    'a/',
    '',
    '.git/config',
    'a/.GIT/hooks/x',
    '.git',
    'a/.gitAttributes',
    '.gitmodules',
    '.gitignore',
    'GIT~1/config',
    '-rf',
    'a/-x.md',
    'a b.md',
    'a\\b.md',
    'a\nb.md',
    'a:b.md',
    'a*.md',
    'x.md.',
    `${'a/'.repeat(160)}b`,
  ])('does not take %s', (path) => {
    expect(pathFault(path)).not.toBeNull();
  });
});

const live: LiveRelease = {
  release: '1.4.2',
  artifact: { uri: 'registry.example/shop:1.4.2', digest: artifactDigest },
  since: '2026-11-23T09:00:00.000Z',
  deployment: 'shop.production.7',
};

describe('the words of a block', () => {
  const { plan } = freezePlan(planningInput());
  const approval = (name: string): JournalEntry => ({
    v: 1,
    seq: 1,
    at: '2026-11-23T08:00:00.000Z',
    type: 'approval-granted',
    by: { subject: 'key:bob', name, via: 'api', identity: 'verified' },
    gate: 'start',
    role: 'service-owner',
    planDigest: 'sha256:0',
    expiresAt: null,
  });
  const passed: JournalEntry = {
    v: 1,
    seq: 2,
    at: '2026-11-23T08:12:40.000Z',
    type: 'step-completed',
    step: 'start-idle',
    result: 'passed',
    summary: 'ok',
  };
  const said = (over: Partial<Parameters<typeof servingWords>[0]>) =>
    servingWords({
      service: 'shop',
      environment: 'production',
      serves: { kind: 'release', live },
      broughtBy: { plan, journal: [approval('Bob May'), passed] },
      publicUrl: 'https://gantry.example',
      ...over,
    });

  it('say release, artifact, digest, since when, approved by whom and where the record is', () => {
    const rows = said({}).split('\n').slice(2);
    expect(rows).toEqual([
      '| Release | `1.4.2` |',
      '| Artifact | `registry.example/shop:1.4.2` |',
      `| Digest | \`${artifactDigest}\` |`,
      '| Serves since | `2026-11-23T08:12:40.000Z` |',
      '| Approved by | Bob May (service-owner) |',
      '| Record | `shop.production.7`: [`gantry.example/v1/deployments/shop.production.7/record`](https://gantry.example/v1/deployments/shop.production.7/record) |',
    ]);
  });

  it('of what people write make no marker, row, link or HTML', () => {
    const hostile = '<!-- /gantry:release --> | x |\n## [a](http://evil.example) <img src=x> `$(rm)`';
    const words = said({ broughtBy: { plan, journal: [approval(hostile)] } });
    const file = rewriteBlock(page(), 'release', stamp, words);
    const text = file.kind === 'rewritten' ? file.text : '';
    expect(rewriteBlock(text, 'release', stamp, words)).toEqual({ kind: 'same' });
    expect(words.split('\n')).toHaveLength(8);
    const artifact = { uri: hostile, digest: hostile };
    const odd = said({ serves: { kind: 'release', live: { ...live, release: hostile, artifact } } });
    expect(odd.split('\n')).toHaveLength(8);
    expect(odd.replaceAll(/`[^`]*`/g, '')).not.toMatch(/[`<]|\]\(http:/);
    expect(words).toContain('&lt;!-- /gantry:release --> &#124; x &#124; ## `[a](http://evil.example)` &lt;img src=x>');
  });

  it('say so where nothing serves, it is unknown, or a person has adopted it', () => {
    expect(said({ serves: { kind: 'nothing' } })).toContain('none: nothing was deployed');
    expect(said({ serves: { kind: 'unknown', deployment: 'shop.production.7' } })).toContain('**not known**');
    const adopted = said({ serves: { kind: 'release', live: { ...live, deployment: null } }, broughtBy: null });
    expect(adopted).toContain('| Serves since | `2026-11-23T09:00:00.000Z` |');
    expect(adopted).toContain('none: a person has said what serves');
  });
});

describe('what a deployment leaves behind', () => {
  const bindings = { deployment: 'shop.production.8', fence: 8, live, slot: null };
  const at = (outcome: Parameters<typeof servesAtEnd>[3], more: object = {}, plan: object = { repair: null }) =>
    servesAtEnd(plan as never, 'shop.production.8', { hasChanged: true, bindings, confirmed: null, ...more }, outcome);

  it('follows from its outcome', () => {
    expect(at('succeeded')).toBeNull();
    expect(at('aborted', { hasChanged: false })).toBeNull();
    expect(at('rolled-back')).toEqual({ kind: 'release', live });
    expect(at('rolled-back', { bindings: { ...bindings, live: null } })).toEqual({ kind: 'nothing' });
    expect(at('needs-intervention')).toEqual({ kind: 'unknown', deployment: 'shop.production.8' });
    const repair = { repair: {} };
    expect(at('succeeded', { confirmed: { live, slot: null } }, repair)).toEqual({ kind: 'release', live });
    expect(at('needs-intervention', { hasChanged: false }, repair)).toMatchObject({ kind: 'unknown' });
  });
});

describe('a commit message', () => {
  it('ends with trailers of its own, and has one for the record alone', () => {
    const said = { service: 'shop', environment: 'production', deployment: 'shop.production.7', writing: 2 };
    expect(commitMessage({ ...said, serves: { kind: 'release', live } }).split('\n')).toEqual([
      'docs: shop in production serves 1.4.2',
      '',
      'Written by Gantry for deployment shop.production.7.',
      '',
      'Gantry-Deployment: shop.production.7',
      'Gantry-Writing: 2',
      '',
    ]);
    expect(commitMessage({ ...said, serves: null })).toMatch(/^docs: record of shop\.production\.7\n/);
  });

  it('contains no free text', () => {
    const said = { service: 'shop', environment: 'production', deployment: 'shop.production.7', writing: 2 };
    const hostile = '1.4.2 [skip ci]\n\nFixes #1\nGantry-Deployment: shop.production.8';
    const message = commitMessage({ ...said, serves: { kind: 'release', live: { ...live, release: hostile } } });
    expect(message.split('\n')[0]).toBe('docs: shop in production serves a release without a name');
    expect(message.match(/^Gantry-Deployment: .*$/gm)).toEqual(['Gantry-Deployment: shop.production.7']);
    expect(message).not.toMatch(/[[#]/);
  });
});

describe('a difference', () => {
  it('is the lines that went and came, cut where it is long', () => {
    expect(differenceOf('a\r\nb\nc', 'a\nc\nd')).toBe('- b\n+ d');
    expect(differenceOf('', 'x'.repeat(5_000)).length).toBeLessThan(1_300);
  });
});

describe("git's words", () => {
  it.each<[string, DocumentTrouble]>([
    ["fatal: couldn't find remote ref refs/heads/main", 'no-branch'],
    ["fatal: Authentication failed for 'https://git.example/x'", 'denied'],
    ["fatal: could not read Username for 'https://git.example': terminal prompts disabled", 'denied'],
    ['fatal: unable to access ‘https://x/’: The requested URL returned error: 403', 'denied'],
    ['! [remote rejected] a -> main (pre-receive hook declined)', 'refused'],
    ['! [remote rejected] a -> main (protected branch hook declined)', 'refused'],
    ['! [rejected] a -> main (fetch first)', 'moved'],
    ['! [rejected] a -> main (non-fast-forward)', 'moved'],
    ["! [remote rejected] a -> main (cannot lock ref 'refs/heads/main': is at 0a1b but expected 2c3d)", 'moved'],
    [
      "! [remote rejected] a -> main (cannot lock ref 'refs/heads/main': Unable to create '/x/main.lock': File exists.)",
      'locked',
    ],
    ['! [remote rejected] a -> main (something new)', 'refused'],
    ["fatal: unable to access 'https://x/': Could not resolve host: x", 'gone'],
    ["fatal: '/srv/x.git' does not appear to be a git repository", 'gone'],
    ['fatal: the remote end hung up unexpectedly', 'gone'],
    ['! [remote rejected] a -> main (unpacker error)', 'failed'],
    ['remote: fatal: write error: No space left on device\n! [remote rejected] a -> main (failure)', 'failed'],
    ['remote: no space left\n! [remote rejected] a -> main (pre-receive hook declined)', 'refused'],
    ["fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate", 'gone'],
    ["fatal: unable to access 'https://x/': The requested URL returned error: 301", 'gone'],
    ["fatal: unable to access 'https://x/': Operation too slow. Less than 1 bytes/sec", 'hanging'],
    ["fatal: unable to access 'https://x/': Failed to connect to x port 443: Connection timed out", 'hanging'],
    ['remote: access denied until Monday\n! [remote rejected] a -> main (pre-receive hook declined)', 'refused'],
    ["remote: hook declined\nfatal: unable to access 'https://x/': The requested URL returned error: 503", 'gone'],
    ['something else', 'failed'],
  ])('%s: %s', (said, trouble) => {
    expect(troubleOf(said)).toBe(trouble);
  });
});
