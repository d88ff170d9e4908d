import { expect, it } from 'vitest';
import { isLocalTime, isTimeZone } from '../../../../../src/domain/policy/calendar/wall-clock.ts';

it('knows time zones by their names', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Europe/Bielefeld')).toBe(false);
});

it('knows the days that the calendar has and the times that a clock shows', () => {
  expect(isLocalTime('2028-02-29')).toBe(true);
  expect(isLocalTime('2026-02-29')).toBe(false);
  expect(isLocalTime('2026-12-20T23:59:30')).toBe(true);
  expect(isLocalTime('2026-12-20T24:30')).toBe(false);
});
