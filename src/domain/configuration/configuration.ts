import { entriesOf, type JournalEntry } from '../journal/entries.ts';
import type { KeyReading, ReadingMoment } from '../plan/configuration.ts';
import type { Plan } from '../plan/plan.ts';

/** The most readings in one entry of the journal, which is limited in size. */
export const readingsInOne = 8;

/** One declared key, at each moment at which it was read, and what that comes to. */
export interface ConfigurationRow {
  readonly source: string;
  readonly key: string;
  /** Steps that say they change it. */
  readonly declaredBy: readonly string[];
  readonly readings: { readonly [moment in ReadingMoment]: KeyReading | null };
  readonly result:
    | 'unchanged'
    | 'changed as declared'
    | 'declared, not changed'
    | 'changed undeclared'
    | 'changed again'
    | 'changed back'
    | 'changed undeclared, and again'
    | 'changed undeclared, and back'
    | 'as before'
    | 'not as before'
    | 'not readable'
    | 'not comparable'
    | 'not read';
}
type Readings = ConfigurationRow['readings'];

/** What was read of each key of a plan, and what that comes to; of a key that could not be read nothing is concluded. */
export function configurationRows(
  { configuration, repair }: Pick<Plan, 'configuration' | 'repair'>,
  journal: readonly JournalEntry[],
): readonly ConfigurationRow[] {
  const isWayBack = repair?.decision === 'compensate' || journal.some(({ type }) => type === 'rollback-started');
  const read = entriesOf(journal, 'configuration-read');
  return (configuration?.sources ?? []).flatMap(({ id, keys }) =>
    keys.map(({ key }): ConfigurationRow => {
      const at = (moment: ReadingMoment) =>
        read
          .filter((entry) => entry.source === id && entry.moment === moment)
          .flatMap(({ readings }) => readings)
          .find((one) => one.key === key) ?? null;
      const readings = { before: at('before'), validated: at('validated'), end: at('end') };
      const declaredBy = (configuration?.changes ?? [])
        .filter((one) => one.keys.includes(`${id}/${key}`))
        .map(({ step }) => step);
      // Without validation no step has done all of its work, unless a person says that production stays so.
      const isDeclared = declaredBy.length > 0 && (readings.validated !== null || repair !== null);
      const result = isWayBack ? backOf(readings) : changeOf(readings, isDeclared);
      return { source: id, key, declaredBy, readings, result };
    }),
  );
}

function changeOf(readings: Readings, isDeclared: boolean): ConfigurationRow['result'] {
  const { before, validated, end } = readings;
  const after = validated ?? end;
  if (!before || !after) return 'not read';
  const change = differenceOf(before, after);
  const later = end ? differenceOf(after, end) : 'same';
  const isBack = end !== null && differenceOf(before, end) === 'same';
  if (change === 'other' && !isDeclared) {
    if (later !== 'other') return 'changed undeclared';
    return isBack ? 'changed undeclared, and back' : 'changed undeclared, and again';
  }
  if (later === 'other') return isBack ? 'changed back' : 'changed again';
  // Not comparable after validation, but another one at the end.
  if (change === 'unclear' && !isDeclared && end && differenceOf(before, end) === 'other') return 'changed undeclared';
  if (change === 'unclear' || later === 'unclear') return unclearOf([before, after, end]);
  if (change === 'other') return 'changed as declared';
  return isDeclared ? 'declared, not changed' : 'unchanged';
}

function backOf({ before, end }: Readings): ConfigurationRow['result'] {
  if (!before || !end) return 'not read';
  const difference = differenceOf(before, end);
  if (difference === 'unclear') return unclearOf([before, end]);
  return difference === 'same' ? 'as before' : 'not as before';
}

function unclearOf(readings: readonly (KeyReading | null)[]): ConfigurationRow['result'] {
  return readings.some((reading) => reading?.state === 'unreadable') ? 'not readable' : 'not comparable';
}

/** Digests made with different keys cannot be compared. */
export function differenceOf(one: KeyReading, other: KeyReading): 'same' | 'other' | 'unclear' {
  if (one.state === 'unreadable' || other.state === 'unreadable') return 'unclear';
  if (one.state !== other.state) return 'other';
  if (one.keyId !== other.keyId) return 'unclear';
  return one.digest === other.digest ? 'same' : 'other';
}
