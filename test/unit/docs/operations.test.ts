import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { usualLimits } from '../../../src/api/watch/places.ts';
import { retentionMs } from '../../../src/domain/base/retention.ts';
import { taskQueues, usualSlots } from '../../../src/domain/base/task-queues.ts';
import { findingCodes } from '../../../src/domain/supervision/sightings.ts';
import { dynamicConfigValues } from '../../../src/temporal/dev-server/dev-server.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const page = await readFile(join(root, 'docs/operations.md'), 'utf8');
const cellsOf = (line: string) => line.split('|').map((cell) => cell.trim());

/** The text of a page, where one is sent: `notify(run, 'page', …)`, `notifyInBackground(run, 'page', …)`, `pageOf(target, id, …)`, `this.page(id, …)` and the like. */
const sending =
  /(?:(?:notify|notificationOf|notifyInBackground)\(\s*run,\s*'page'|pageOf\(\s*[^`';]*?|this\.page\(\s*\w+),\s*(?:`([^`]*)`|'([^']*)')/g;
/** Any other way in which the event is named than to compare with it. */
const naming = /(?<!(?:[!=]== |for: |event: |includes\(|stakeholders, |\]>\())'page'[,)]|pageOf\(/;
/** Whoever only hands a text on, or evaluates pages that were sent. */
const noSenders = new Set([
  'workflows/notifications/page-target.ts',
  'domain/deployment/notification-words.ts',
  'domain/kinds/notification.ts',
  'domain/record/certifying-statement.ts',
  // What it pages is the refusal itself.
  'activities/trust/alarm.ts',
]);

async function pagesInSources(): Promise<{ readonly texts: readonly string[]; readonly silent: readonly string[] }> {
  const files = (await readdir(join(root, 'src'), { recursive: true })).filter((name) => name.endsWith('.ts'));
  const texts: string[] = [];
  const silent: string[] = [];
  for (const file of files.filter((name) => !noSenders.has(name))) {
    const source = await readFile(join(root, 'src', file), 'utf8');
    const found = [...source.matchAll(sending)].map(([, template, plain]) => template ?? plain ?? '');
    texts.push(
      ...found.map((text) => text.replaceAll(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, '…').replaceAll(/…+/g, '…')),
    );
    if (found.length === 0 && naming.test(source)) silent.push(file);
  }
  return { texts, silent };
}

it('lists every page that is sent, and what to do about it', async () => {
  const { texts, silent } = await pagesInSources();
  const section = page.slice(page.indexOf('## What pages'), page.indexOf('## What does not move'));
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  const listed = rows.map((line) => (cellsOf(line)[1] ?? '').replaceAll('`', ''));
  // Write the text where the page is sent, or name the file above: else nobody could see that it is missing.
  expect(silent).toEqual([]);
  expect(listed.sort()).toEqual([...new Set(texts)].sort());
  for (const row of rows) expect(cellsOf(row)[3]?.length).toBeGreaterThan(10);
});

it('lists every alarm that a worker raises, by its code', async () => {
  const folder = join(root, 'src/activities');
  const sources = await Promise.all(
    (await readdir(folder, { recursive: true })).map((name) => readFile(join(folder, name), 'utf8').catch(() => '')),
  );
  const raised = sources.flatMap((source) => [
    ...source.matchAll(/(?:raiseAlarm|alarmed)\(deps, \{[^}]*code: '([^']+)'/g),
  ]);
  const rows = page.split('\n').filter((line) => line.startsWith('| under `Page: security, …`'));
  const listed = rows.flatMap((row) => [...(cellsOf(row)[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, code]) => code));
  // The store's own refusal is raised under the code that it comes with.
  expect(new Set(listed)).toEqual(new Set([...raised.map(([, code]) => code), 'journal-conflict']));
});

it('says how long each thing is kept that is not kept for good', () => {
  const section = page.slice(page.indexOf('## What is kept'), page.indexOf('## What to watch'));
  const days = section.split('\n').flatMap((line) => /(\d+) days? +\|$/.exec(line)?.[1] ?? []);
  const inDays = Object.values(retentionMs).map((ms) => String(ms / (24 * 60 * 60 * 1_000)));
  expect(days).toEqual(inDays);
});

it('lists every task queue with its variable and its usual slots', () => {
  const rows = page.split('\n').flatMap((line) => {
    const [, queue, variable, usual] = cellsOf(line);
    return variable?.startsWith('`GANTRY_SLOTS_') ? [{ queue, variable, usual }] : [];
  });
  const known = Object.entries(taskQueues).map(([name, queue]) => ({
    queue: `\`${queue}\``,
    variable: `\`GANTRY_SLOTS_${name.toUpperCase()}\``,
    usual: String(usualSlots[name as keyof typeof usualSlots]),
  }));
  const inOrder = (list: readonly object[]) => list.map((one) => JSON.stringify(one)).sort();
  expect(inOrder(rows)).toEqual(inOrder(known));
});

it('says how many readers may wait', () => {
  const { perCaller, inAll } = usualLimits;
  expect(page).toMatch(new RegExp(`At most ${perCaller} requests of one caller\\s+and ${inAll} in all wait`));
});

it('names the settings that the embedded server is started with', () => {
  for (const setting of dynamicConfigValues) expect(page).toContain(setting.split('=')[0]);
});

it('lists everything that supervision finds, and what to do about it', () => {
  const section = page.slice(page.indexOf('## What does not move'), page.indexOf('## Who waits for the store'));
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows.map((line) => (cellsOf(line)[1] ?? '').replaceAll('`', ''))).toEqual([...findingCodes]);
  for (const row of rows) expect(cellsOf(row)[3]?.length).toBeGreaterThan(10);
});
