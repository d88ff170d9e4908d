import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { jsonInParts } from '../../../../src/api/http/json-in-parts.ts';
import { turnsBeside } from '../../../support/turns.ts';

describe('JSON in parts', () => {
  it.each([
    [{ evidence: [], refused: [] }],
    [{ evidence: [{ a: 'é"\n', b: null, c: undefined, d: [1, {}] }, {}], refused: [{ x: 1 }] }],
    [{}],
    [{ 'a "name"': [{ long: 'x'.repeat(300_000) }, { long: 'y'.repeat(300_000) }, { short: 1 }] }],
  ])('is the very same as at once: %#', async (lists) => {
    expect(await text(jsonInParts(lists))).toBe(JSON.stringify(lists));
  });

  it('lets everybody else have their turn while it is written', async () => {
    const items = Array.from({ length: 200 }, (_, i) => ({ i, text: 'x'.repeat(100_000) }));
    expect(await turnsBeside(text(jsonInParts({ items })))).toBeGreaterThan(50);
  });
});
