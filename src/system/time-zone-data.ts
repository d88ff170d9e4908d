import { type ZoneData, zoneDataOf } from '../domain/policy/calendar/zone-data.ts';

/**
 * The time zone data of this very process, at `now` (milliseconds since the epoch): what windows are evaluated by comes with
 * the runtime, since `Intl` reads the data of its ICU.
 */
export function timeZoneData(now: number): ZoneData {
  return zoneDataOf(process.versions['tz'], now);
}
