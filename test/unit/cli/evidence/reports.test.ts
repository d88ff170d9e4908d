import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readReport } from '../../../../src/cli/evidence/reports/read-report.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { provesSomething, type TestRun, testRunOf } from '../../../../src/domain/evidence/run-of-reports.ts';
import { encoded, named, produced, traps, type Verdict, wronglyEncoded } from '../../../fixtures/reports/corpus.ts';

const folder = new URL('../../../fixtures/reports/', import.meta.url);
const timed = 'timestamp="2026-11-23T08:12:40Z" time="1.5"';
const suite = (content: string, attributes = timed) => `<testsuite name="shop" ${attributes}>${content}</testsuite>`;
const good = '<testcase classname="cart" name="adds"/>';
const read = (text: string) => readReport(Buffer.from(text));

/** What a report comes to, alone. */
function evaluated(bytes: Uint8Array): Verdict & { readonly run?: TestRun } {
  try {
    const report = readReport(bytes);
    if (!provesSomething([report])) return { is: 'refused' };
    const run = testRunOf([report]);
    return { is: run.result, counts: run.counts, run };
  } catch (error) {
    if (!(error instanceof GantryError) || error.code !== 'invalid-evidence') throw error;
    return { is: 'refused' };
  }
}

describe('a test report', () => {
  it('is evaluated as what its producer meant', async () => {
    const files = (await readdir(folder)).filter((name) => /\.(xml|json)$/.test(name));
    expect(files.sort()).toEqual(Object.keys(produced).sort());
    const found = await Promise.all(
      files.map(async (file) => [file, evaluated(await readFile(new URL(file, folder)))] as const),
    );
    expect(Object.fromEntries(found)).toMatchObject(produced);
  });

  it.each(traps)('is evaluated right with %s', (_, report, verdict) => {
    expect(evaluated(Buffer.from(report))).toMatchObject(verdict);
  });

  it.each(encoded)('is read in %s', (_, bytes) => {
    expect(evaluated(bytes).run?.passed).toEqual([named]);
  });

  it.each(wronglyEncoded)('proves nothing in %s', (_, bytes) => {
    expect(evaluated(bytes)).toEqual({ is: 'refused' });
  });

  it('began with its first suite and ended with its last', () => {
    const late = 'timestamp="2026-11-23T10:00:00+01:00" time="1,000.25"';
    const unzoned = 'timestamp="2026-11-23T08:12:39.500" time="0"';
    const report = read(`<testsuites>${suite(good)}${suite(good, late)}${suite(good, unzoned)}</testsuites>`);
    expect(report).toMatchObject({
      from: Date.parse('2026-11-23T08:12:39.500Z'),
      to: Date.parse('2026-11-23T09:16:40.250Z'),
      withoutZone: true,
    });
    const times = JSON.stringify({ tests: 1, passed: 1, failed: 0, start: 1795421560000, stop: 1795421562000 });
    expect(read(`{"results":{"summary":${times},"tests":[{"name":"adds","status":"passed"}]}}`)).toMatchObject({
      from: 1795421560000,
      to: 1795421562000,
    });
  });

  it.each([
    ['2026-11-23T08:12:40Z', '08:12:40.000'],
    ['2026-11-23T08:12:40', '08:12:40.000'],
    ['2026-11-23 08:12:40', '08:12:40.000'],
    ['2026-11-23T08:12', '08:12:00.000'],
    ['2026-11-23T08:12:40.123456789Z', '08:12:40.123'],
    ['2026-11-23T08:12:40,5', '08:12:40.500'],
    ['2026-11-23T08:12:40+01:00', '07:12:40.000'],
    ['2026-11-23T08:12:40-0530', '13:42:40.000'],
    ['2026-11-23T08:12:40+02', '06:12:40.000'],
    ['2026-11-23T08:12:40.5 +0200', '06:12:40.500'],
    ['2026-11-23T08:12:40 UTC', '08:12:40.000'],
    ['2026-11-23 08:12:40 GMT', '08:12:40.000'],
    ['Mon, 23 Nov 2026 08:12:40 GMT', '08:12:40.000'],
  ])('began at %s, which is %s in UTC', (timestamp, time) => {
    expect(read(suite(good, `timestamp="${timestamp}"`)).from).toBe(Date.parse(`2026-11-23T${time}Z`));
  });

  it.each([
    ['0,345', 345],
    ['1.5', 1500],
    ['1,000.25', 1_000_250],
    ['1.000,25', 1_000_250],
    ['1,234,567', 1_234_567_000],
    ['0.', 0],
    ['4.2e-05', 0],
  ])('took %s, which is %i ms', (time, ms) => {
    const { from, to } = read(suite(good, `timestamp="2026-11-23T08:12:40Z" time="${time}"`));
    expect((to ?? Number.NaN) - (from ?? Number.NaN)).toBe(ms);
  });

  it.each(['', 'time="1"', 'timestamp="yesterday" time="1"', 'timestamp="2026-13-45T08:12:40Z"'])(
    'has no times where a suite has only %j',
    (attributes) => {
      const silent = read(`<testsuites>${suite(good)}${suite(good, attributes)}</testsuites>`);
      expect(silent).toMatchObject({ from: null, to: null });
      for (const time of ['long', '-1', '1e300', ''])
        expect(read(suite(good, `timestamp="2026-11-23T08:12:40Z" time="${time}"`))).toMatchObject({
          from: Date.parse('2026-11-23T08:12:40Z'),
          to: null,
        });
    },
  );

  it('has its names as they were, whatever stands in them, and reads no entities but those of XML', () => {
    const names = suite('<testcase name="a &lt;b&gt; &amp; &quot;c&quot; ü 🚀 &nope;"/>');
    expect(evaluated(Buffer.from(names)).run?.passed).toEqual(['a <b> & "c" ü 🚀 &nope;']);
    const html = suite(`${good}<system-out><![CDATA[<!DOCTYPE html>]]></system-out><!-- <!DOCTYPE x> -->`);
    expect(evaluated(Buffer.from(html)).run?.passed).toHaveLength(1);
  });

  it('reports what it does not understand, and where', () => {
    const run = testRunOf([read(suite('<testcase name="pays"><crashed/></testcase>', 'tests="3"'))]);
    expect(run.failed).toEqual(['suite shop counts 3 tests, and lists 1', 'pays: <crashed> is not understood']);
  });
});
