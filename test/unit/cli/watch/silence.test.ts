import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silenceOf } from '../../../../src/cli/watch/silence.ts';
import { GantryError } from '../../../../src/domain/base/errors.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const refused = () => Promise.reject(new GantryError('not-ready', 'refused', { cause: new Error('ECONNREFUSED') }));
const away = () => Promise.reject(new GantryError('store-unavailable', 'The store is away.'));
const hangs = () => new Promise<never>(() => undefined);
const answers = () => Promise.resolve('here');
const forSeconds = (seconds: number) => `No answer for ${seconds} s from https://gantry.example; asking again.`;
const newSilence = () => silenceOf('https://gantry.example');

it('is worth no word while nobody asks, and none before five seconds', () => {
  const silence = newSilence();
  expect(silence.words()).toBeNull();
  void silence.heed(hangs);
  pass(4_999);
  expect(silence.words()).toBeNull();
  pass(1);
  expect(silence.words()).toBe(forSeconds(5));
});

it.each([refused, away])('is counted from the first failure on, until something answers', async (fails) => {
  const silence = newSilence();
  for (let i = 0; i < 3; i += 1) {
    await expect(silence.heed(fails, 20_000)).rejects.toThrow(GantryError);
    pass(4_000);
  }
  expect(silence.words()).toBe(forSeconds(12));
  expect(await silence.heed(answers)).toBe('here');
  pass(60_000);
  expect(silence.words()).toBeNull();
});

it('begins when what may take its time should have come', () => {
  const silence = newSilence();
  void silence.heed(hangs, 20_000);
  pass(24_999);
  expect(silence.words()).toBeNull();
  pass(1);
  expect(silence.words()).toBe(forSeconds(5));
});

it.each([refused, hangs])('is heard sooner by what is asked for beside, until that is answered', async (fails) => {
  const silence = newSilence();
  void silence.heed(hangs, 20_000);
  silence.heedBeside(fails).catch(() => undefined);
  await Promise.resolve();
  pass(6_000);
  expect(silence.words()).toBe(forSeconds(6));
  expect(await silence.heedBeside(answers)).toBe('here');
  pass(18_999);
  expect(silence.words()).toBeNull();
  // An answer to that is none to what is followed.
  pass(1);
  await silence.heedBeside(answers);
  expect(silence.words()).toBe(forSeconds(5));
});

it('is none where what is followed is answered, and what is asked for beside with an error', async () => {
  const silence = newSilence();
  silence.heedBeside(hangs).catch(() => undefined);
  await silence.heed(answers);
  pass(60_000);
  expect(silence.words()).toBeNull();
  await expect(silence.heedBeside(away)).rejects.toThrow('The store is away.');
  pass(60_000);
  expect(silence.words()).toBeNull();
});
