import { expect, it } from 'vitest';
import { readActionOptions } from '../../../../src/domain/kinds/action-options.ts';

const command = ['./shopctl', 'start'];

it('an action takes a minute at most where it does not say otherwise, and one that undoes something 30 s, three times', () => {
  const usual = { own: { command }, attempts: 3, faults: [] };
  expect(readActionOptions({ command }, false)).toEqual({ ...usual, timeout: '1m' });
  expect(readActionOptions({ command }, true)).toEqual({ ...usual, timeout: '30s' });
  expect(readActionOptions({ command, timeout: '5s', attempts: 10 }, true)).toEqual({
    ...usual,
    timeout: '5s',
    attempts: 10,
  });
});

it.each([0, 11, 1.5, '3'])('so many attempts are refused: %j', (attempts) => {
  expect(readActionOptions({ command, attempts }, true).faults).toMatchObject([{ key: 'attempts' }]);
});

it('attempts where nothing is undone are refused, and a timeout that is no text', () => {
  expect(readActionOptions({ command, attempts: 3 }, false).faults).toMatchObject([{ key: 'attempts' }]);
  expect(readActionOptions({ command, timeout: 5 }, false).faults).toMatchObject([{ key: 'timeout' }]);
});
