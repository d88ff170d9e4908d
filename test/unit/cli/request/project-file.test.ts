import { describe, expect, it } from 'vitest';
import { parseProject, readProject } from '../../../../src/cli/request/project-file.ts';

const textOf = (...lines: string[]) => `${lines.join('\n')}\n`;
const refusalOf = (text: string) => {
  try {
    parseProject(text, 'gantry.yaml');
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : [];
  }
  return [];
};

describe('a gantry.yaml', () => {
  it('says what this repository deploys', () => {
    const text = textOf('service: shop', 'environment: production', 'parameters: { hold: 10s, workers: 2 }');
    expect(parseProject(text, 'gantry.yaml')).toEqual({
      service: 'shop',
      environment: 'production',
      parameters: { hold: '10s', workers: 2 },
    });
    expect(parseProject('', 'gantry.yaml')).toEqual({});
  });

  it('need not be there', async () => {
    expect(await readProject('/nowhere/gantry.yaml')).toBeNull();
  });

  it('is refused at line and column, with the line and a caret', () => {
    expect(refusalOf(textOf('service: shop', 'environment: Prod'))).toEqual([
      expect.stringMatching(/^gantry\.yaml:2:14: environment: /),
      '  2 | environment: Prod',
      '    |              ^',
    ]);
    expect(refusalOf(textOf('service: shop', 'proceedure: x'))).toEqual([
      expect.stringMatching(/^gantry\.yaml:2:13: proceedure: Unrecognized key/),
      '  2 | proceedure: x',
      '    |             ^',
    ]);
    expect(refusalOf(textOf('a: [1', 'b: 2'))[0]).toMatch(/^gantry\.yaml:\d+:\d+: /);
    expect(refusalOf(textOf('service: a', 'service: b'))[0]).toMatch(/^gantry\.yaml:2:1: Map keys must be unique/);
    expect(refusalOf(textOf('change: &a { risk: low }', 'parameters: *a'))[0]).toMatch(/^gantry\.yaml/);
  });
});
