import { describe, expect, it } from 'vitest';
import { readJunit } from '../../../src/cli/evidence/junit.ts';

const timed = 'timestamp="2026-11-23T08:12:40Z" time="1.5"';
const suite = (content: string, attributes = timed) => `<testsuite name="shop" ${attributes}>${content}</testsuite>`;
const good = '<testcase classname="cart" name="adds"/>';

describe('a JUnit report', () => {
  it('has the tests of all its suites, however deep they lie', () => {
    const bad = '<testcase name="pays"><failure message="no">at pay()</failure></testcase>';
    const error = '<testcase name="logs in"><error/></testcase>';
    const xml = `<?xml version="1.0"?><testsuites>${suite(good + suite(bad + suite(error)))}${suite(good)}</testsuites>`;
    expect(readJunit(xml)).toMatchObject({ passed: ['cart › adds', 'cart › adds'], failed: ['pays', 'logs in'] });
  });

  it('began with its first suite and ended with its last', () => {
    const late = 'timestamp="2026-11-23T10:00:00+01:00" time="1,000.25"';
    const unzoned = 'timestamp="2026-11-23T08:12:39.500" time="0"';
    const xml = `<testsuites>${suite(good)}${suite(good, late)}${suite(good, unzoned)}</testsuites>`;
    expect(readJunit(xml)).toMatchObject({
      startedOn: '2026-11-23T08:12:39.500Z',
      finishedOn: '2026-11-23T09:16:40.250Z',
    });
  });

  it.each(['', 'time="1"', 'timestamp="yesterday" time="1"'])(
    'tells no times where a suite has only %j',
    (attributes) => {
      const xml = `<testsuites>${suite(good)}${suite(good, attributes)}</testsuites>`;
      expect(readJunit(xml)).toMatchObject({ startedOn: null, finishedOn: null });
      expect(readJunit(suite(good, 'timestamp="2026-11-23T08:12:40Z"'))).toMatchObject({
        startedOn: '2026-11-23T08:12:40.000Z',
        finishedOn: null,
      });
    },
  );

  it('leaves out what was skipped', () => {
    const skipped = '<testcase name="x"><skipped/></testcase><testcase name="y" status="notrun"/>';
    expect(readJunit(suite(good + skipped))).toMatchObject({ passed: ['cart › adds'], failed: [] });
  });

  it.each([
    ['counts failures that it does not list', suite(good, `${timed} failures="1"`)],
    ['counts errors that it does not list', `<testsuites errors="2">${suite(good)}</testsuites>`],
    ['has an error outside its tests', suite(`${good}<error message="no database"/>`)],
  ])('has failed where a suite %s', (_, xml) => {
    expect(readJunit(xml).failed).toHaveLength(1);
  });

  it('has its names as they were, whatever stands in them, and reads no entities but those of XML', () => {
    const named = suite('<testcase name="a &lt;b&gt; &amp; &quot;c&quot; ü 🚀 &nope;"/>');
    expect(readJunit(named).passed).toEqual(['a <b> & "c" ü 🚀 &nope;']);
    const html = suite(`${good}<system-out><![CDATA[<!DOCTYPE html>]]></system-out><!-- <!DOCTYPE x> -->`);
    expect(readJunit(html).passed).toHaveLength(1);
  });

  it.each([
    ['no test', suite('')],
    ['only skipped tests', suite('<testcase name="x"><skipped/></testcase>')],
    ['fewer tests than it counts', suite(good, `${timed} tests="2"`)],
    ['a number that is none', suite(good, `${timed} failures="none"`)],
    ['another root', '<html/>'],
    ['two roots', suite(good) + suite(good)],
    ['nothing', ''],
    ['no XML', 'ok 1 - adds'],
    ['no end', `<testsuite>${good}`],
    ['a document type', `<!DOCTYPE x [<!ENTITY e "y">]>${suite('<testcase name="&e;"/>')}`],
    ['too many levels', '<testsuite>'.repeat(500) + good + '</testsuite>'.repeat(500)],
  ])('proves nothing with %s', (_, xml) => {
    expect(() => readJunit(xml)).toThrow(expect.objectContaining({ code: 'invalid-evidence' }) as Error);
  });
});
