/** Which release of the IANA time zone database the times of a zone are worked out by. */
export type ZoneData = ReturnType<typeof zoneDataOf>;

const yearMs = 365 * 86_400_000;

/** When releases were published. One that is missing here counts as of its year's last day, so that nobody is warned too early. */
const published: Readonly<Record<string, string>> = {
  '2022a': '2022-03-15',
  '2022b': '2022-08-10',
  '2022c': '2022-08-15',
  '2022d': '2022-09-23',
  '2022e': '2022-10-11',
  '2022f': '2022-10-28',
  '2022g': '2022-11-29',
  '2023a': '2023-03-22',
  '2023b': '2023-03-23',
  '2023c': '2023-03-28',
  '2023d': '2023-12-21',
  '2024a': '2024-02-01',
  '2024b': '2024-09-04',
  '2025a': '2025-01-15',
  '2025b': '2025-03-22',
  '2025c': '2025-12-10',
};

/**
 * The data of a runtime (`process.versions.tz`) at `now` (milliseconds since the epoch): its version, such as `2025c`, and
 * whether it is older than a year, so that a country may have changed its clocks since. An unknown version counts as old.
 */
export function zoneDataOf(reported: string | undefined, now: number) {
  const version = reported ?? 'unknown';
  if (!/^\d{4}[a-z]{1,2}$/.test(version)) return { version, isOld: true };
  const day = Object.hasOwn(published, version) ? published[version] : `${version.slice(0, 4)}-12-31`;
  return { version, isOld: now - Date.parse(`${day}T00:00:00.000Z`) > yearMs };
}

/** The data in words. */
export function describeZoneData({ version, isOld }: ZoneData): string {
  return `time zone data ${version}${isOld ? ', older than a year' : ''}`;
}
