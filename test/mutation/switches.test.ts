import { Script } from 'node:vm';
import { expect, it } from 'vitest';
import { maxMsAfter } from './switches.ts';

it('bounds a test with a mutant by a time that a script can be given, however long it takes without one', () => {
  for (const usualMs of [0, 0.1234, 61_234.5678])
    expect(new Script('1').runInThisContext({ timeout: maxMsAfter(usualMs) })).toBe(1);
});
