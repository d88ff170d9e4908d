import { describe, expect, it } from 'vitest';
import { describeZoneData, zoneDataOf } from '../../../../../src/domain/policy/calendar/zone-data.ts';

describe('time zone data', () => {
  const at = (day: string) => Date.parse(`${day}T00:00:00Z`);

  it('is old a year after it was published', () => {
    expect(zoneDataOf('2024a', at('2025-01-31'))).toEqual({ version: '2024a', isOld: false });
    expect(zoneDataOf('2024a', at('2025-02-02'))).toEqual({ version: '2024a', isOld: true });
  });

  it('whose day is not known here is taken as of the last day of its year', () => {
    expect(zoneDataOf('2031b', at('2032-12-30')).isOld).toBe(false);
    expect(zoneDataOf('2031b', at('2033-01-01')).isOld).toBe(true);
  });

  it('that a runtime does not report is old', () => {
    expect(describeZoneData(zoneDataOf(undefined, at('2026-01-01')))).toBe('time zone data unknown, older than a year');
    expect(zoneDataOf('', at('2026-01-01')).isOld).toBe(true);
  });

  it('after the 26th release of a year is named by two letters', () => {
    expect(zoneDataOf('2031aa', at('2032-12-30'))).toEqual({ version: '2031aa', isOld: false });
  });

  it.each(['2031', '12031b', 'tz2031b', '2031b1', '2031abc', 'unknown'])(
    'that is no release, such as %s, is old',
    (version) => {
      expect(zoneDataOf(version, at('2026-01-01'))).toEqual({ version, isOld: true });
    },
  );
});
