import { shortList } from '../base/short-list.ts';
import type { DeviationCode } from '../journal/deviations.ts';
import type { JournalEntry } from '../journal/entries.ts';
import { type KeyReading, type ReadingMoment } from '../plan/configuration.ts';
import type { Plan } from '../plan/plan.ts';
import { type ConfigurationRow, configurationRows, differenceOf } from './configuration.ts';

/** What deviates by the readings of a moment, as journaled up to then. */
export function configurationFaults(
  plan: Pick<Plan, 'configuration' | 'repair'>,
  journal: readonly JournalEntry[],
  moment: ReadingMoment,
) {
  const rows = configurationRows(plan, journal);
  const isAtEnd = moment === 'end';
  const faults = [
    ['configuration-unread', 'minor', (row) => isUnread(row, moment), `could not be read (${moment})`],
    [
      'configuration-key-changed',
      'minor',
      (row) => hasOtherKey(row, moment),
      `digested with another key than before, so they cannot be compared (${moment})`,
    ],
    [
      'configuration-undeclared',
      'major',
      (row) => isUndeclared(row) && isAtEnd !== isKnownByValidation(row),
      'changed, and no step says so',
    ],
    ['configuration-again', 'major', (row) => isAtEnd && again.has(row.result), 'changed again after validation'],
    [
      'configuration-not-back',
      'major',
      ({ result }) => isAtEnd && result === 'not as before',
      'not as before the change, after the rollback',
    ],
  ] as const satisfies readonly (readonly [
    DeviationCode,
    'minor' | 'major',
    (row: ConfigurationRow) => boolean,
    string,
  ])[];
  return faults.flatMap(([code, severity, is, what]) => {
    const keys = rows.filter(is).map(({ source, key }) => `${source}/${key}`);
    return keys.length === 0 ? [] : [{ code, severity, what: `${shortList(keys)}: ${what}` }];
  });
}

const again: ReadonlySet<ConfigurationRow['result']> = new Set([
  'changed again',
  'changed back',
  'changed undeclared, and again',
  'changed undeclared, and back',
]);

const isUnread = ({ readings }: ConfigurationRow, moment: ReadingMoment) =>
  (readings[moment]?.state ?? 'unreadable') === 'unreadable';

const isUndeclared = ({ result }: ConfigurationRow) => result.startsWith('changed undeclared');

/** Reported at that moment already. */
const isKnownByValidation = ({ readings: { before, validated } }: ConfigurationRow) =>
  before !== null && validated !== null && differenceOf(before, validated) === 'other';

function hasOtherKey({ readings }: ConfigurationRow, moment: ReadingMoment): boolean {
  const isDigested = (reading: KeyReading | null): reading is KeyReading => (reading?.digest ?? null) !== null;
  const now = readings[moment];
  if (!isDigested(now)) return false;
  const earlier = moment === 'end' ? [readings.before, readings.validated] : [readings.before];
  return earlier.some((one) => isDigested(one) && one.keyId !== now.keyId);
}
