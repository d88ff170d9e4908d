import { describe, expect, it } from 'vitest';
import { GantryError } from '../../../src/domain/base/errors.ts';
import { maxOfPolicy, maxOfProcedure, parsePlainYaml } from '../../../src/files/yaml.ts';

const size = 1024 * 1024;
const fill = (text: string) => text.repeat(size / text.length);

describe('a document of YAML that asks for as much work as it can', () => {
  it.each<readonly [string, string]>([
    ['a list', fill('- a\n')],
    ['a list in brackets', `[${fill('a,')}a]`],
    ['maps in brackets', `[${fill('{a: b},')}a]`],
    ['brackets that close', fill(']')],
    ['brackets that open', fill('[')],
    ['quotes', fill('"')],
    ['lines in quotes that never close', `a: "${fill('x\n')}`],
    ['a key again and again', fill('a: 1\n')],
    ['anchors', fill('- &a b\n')],
    ['tags', fill('- !a b\n')],
    ['comments', `${fill('# x\n')}a: 1`],
    ['blank lines', `${fill('\n')}a: 1`],
    ['documents', fill('---\n')],
    ['levels', fill('- ')],
    ['question marks', fill('? a\n')],
    ['errors', fill('a: b: c\n')],
  ])('is refused before anything is made of it: %s', (_what, text) => {
    const began = process.cpuUsage();
    expect(() => parsePlainYaml(text, 'x', { max: maxOfProcedure })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    const { user, system } = process.cpuUsage(began);
    // Milliseconds of CPU; parsing it whole took up to half a minute.
    expect((user + system) / 1000).toBeLessThan(1_000);
  });

  it('names only as many findings as a person may mend at once', () => {
    const text = 'a: 1\n'.repeat(500);
    const read = () => parsePlainYaml(text, 'x', { max: maxOfProcedure });
    expect(read).toThrow(
      expect.objectContaining({ issues: expect.toSatisfy((found: unknown[]) => found.length === 50) }),
    );
  });
});

it('takes a policy of two thousand people, and a procedure of a hundred long steps', () => {
  const person = (_: unknown, i: number) =>
    `  - { subject: "key:p${i}", name: P${i} Name, roles: [developer, support] }\n`;
  const step = (_: unknown, i: number) =>
    `  - id: s${i}\n    title: Step ${i}\n    do: { command: [./ctl, start, "\${release}"], timeout: 30s }\n    undo: { command: [./ctl, stop] }\n    verify: [{ id: ok, http: "http://h/${i}", json: { /release: "\${release}" }, within: 5s }]\n`;
  const people = `people:\n${Array.from({ length: 2_000 }, person).join('')}`;
  const steps = `steps:\n${Array.from({ length: 100 }, step).join('')}`;
  expect(parsePlainYaml(people, 'x', { max: maxOfPolicy })).toMatchObject({ people: { length: 2_000 } });
  expect(parsePlainYaml(steps, 'x', { max: maxOfProcedure })).toMatchObject({ steps: { length: 100 } });
});

describe('a text that is no YAML', () => {
  const said = (text: string) => {
    try {
      return parsePlainYaml(text, 'x', { max: maxOfProcedure });
    } catch (error) {
      return error instanceof GantryError ? error.issues.map(({ detail }) => detail) : error;
    }
  };

  it('gets only the first error: all others follow from it', () => {
    const text = 'a: [1, 2\nb: { c: 1 }\nd: 2\n';
    expect(said(text)).toEqual([expect.stringMatching(/^x, line \d: /)]);
  });

  it('gets the advice to quote a reference in braces', () => {
    expect(said('a:\n  - { id: b, within: ${parameters.drain} }\n  - { id: c }\n')).toEqual([
      'x, line 2: Unexpected flow-map-start at node end; write "${parameters.drain}" in quotes',
    ]);
    // In quotes, or beside braces, it is well.
    expect(said('a: { b: "${release}" }\nc: ${release}\n')).toEqual({ a: { b: '${release}' }, c: '${release}' });
  });
});
