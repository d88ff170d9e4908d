import { describe, expect, it } from 'vitest';
import { parseJsonBody } from '../../../../src/api/http/json-body.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';
import { parsePlainYaml } from '../../../../src/files/yaml.ts';

function pointersOf(read: () => unknown): readonly (string | undefined)[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return error.issues.map(({ pointer, detail }) => (detail.includes('2^53') ? pointer : detail));
  }
}
const body = (number: string) => () => parseJsonBody(Buffer.from(`{"a":{"b":["x",${number}]}}`));
const yaml = (number: string) => () => parsePlainYaml(`a:\n  b: [x, ${number}]\n`, 'procedure.yaml', { max: 100 });

describe('a number that a double does not hold is refused where it is read', () => {
  const inexact = ['9007199254740993', '-9007199254740993', '1e400', '123456789012345678901', '9.1e15'];
  it.each(inexact)('in a body: %s', (number) => {
    expect(pointersOf(body(number))).toEqual(['/a/b/1']);
  });
  it.each([...inexact.filter((number) => number !== '1e400'), '0x20000000000001'])('in YAML: %s', (number) => {
    expect(pointersOf(yaml(number))).toEqual(['/a/b/1']);
  });
});

describe('a number that it holds, and digits in quotes, are taken', () => {
  it.each(['9007199254740991', '-9007199254740991', '0.1', '1e15', '0', '"9007199254740993"'])('%s', (number) => {
    expect(pointersOf(body(number))).toEqual([]);
    expect(pointersOf(yaml(number))).toEqual([]);
  });
});
