import type { JsonObject } from '../adapters.ts';
import { entriesOf, type JournalEntry } from '../journal.ts';
import type { Plan } from '../plan.ts';

/** Where keys of a configuration are read, as a plan freezes it. */
export interface PlannedSource {
  readonly id: string;
  readonly kind: 'http' | 'command' | 'file';
  /** References that the lock binds, and secrets, still stand in it. */
  readonly spec: JsonObject;
  readonly keys: readonly { readonly key: string; readonly secret: boolean }[];
}

export interface PlannedConfiguration {
  readonly sources: readonly PlannedSource[];
  /** Which step says that it changes which keys, each as `source/key`. */
  readonly changes: readonly { readonly step: string; readonly keys: readonly string[] }[];
}

/** When keys are read: before the first change, once production is validated, and when it has ended. */
export const readingMoments = ['before', 'validated', 'end'] as const;
export type ReadingMoment = (typeof readingMoments)[number];

/**
 * One key as it was read. `shown`: the beginning of a value, why it could not be read, or nothing. `digest`: of a value; of a
 * secret one with a key that no reader of a record has.
 */
export interface KeyReading {
  readonly key: string;
  readonly state: 'value' | 'secret' | 'absent' | 'unreadable';
  readonly shown: string;
  readonly digest: string | null;
}

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
    | 'as before'
    | 'not as before'
    | 'not readable'
    | 'not read';
}

type Difference = 'same' | 'other' | 'unclear';

/** What was read of each key of a plan, and what that comes to; of a key that could not be read nothing is concluded. */
export function configurationRows(
  { configuration }: Pick<Plan, 'configuration'>,
  journal: readonly JournalEntry[],
): readonly ConfigurationRow[] {
  const isRolledBack = journal.some(({ type }) => type === 'rollback-started');
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
      const result = isRolledBack ? backOf(readings) : changeOf(readings, declaredBy.length > 0);
      return { source: id, key, declaredBy, readings, result };
    }),
  );
}

function changeOf({ before, validated, end }: ConfigurationRow['readings'], isDeclared: boolean) {
  if (!before || !validated) return 'not read';
  const change = differenceOf(before, validated);
  if (change === 'other' && !isDeclared) return 'changed undeclared';
  if (end && differenceOf(validated, end) === 'other') return 'changed again';
  if (change === 'unclear' || (end && differenceOf(validated, end) === 'unclear')) return 'not readable';
  if (change === 'other') return 'changed as declared';
  return isDeclared ? 'declared, not changed' : 'unchanged';
}

function backOf({ before, end }: ConfigurationRow['readings']) {
  if (!before || !end) return 'not read';
  const difference = differenceOf(before, end);
  if (difference === 'unclear') return 'not readable';
  return difference === 'same' ? 'as before' : 'not as before';
}

function differenceOf(one: KeyReading, other: KeyReading): Difference {
  if (one.state === 'unreadable' || other.state === 'unreadable') return 'unclear';
  return one.state === other.state && one.digest === other.digest ? 'same' : 'other';
}

export interface ConfigurationFault {
  readonly code: 'configuration-unread' | 'configuration-undeclared' | 'configuration-again' | 'configuration-not-back';
  readonly severity: 'minor' | 'major';
  readonly what: string;
}

/** What deviates by what was read last, as journaled up to then. */
export function configurationFaults(
  plan: Pick<Plan, 'configuration'>,
  journal: readonly JournalEntry[],
  moment: ReadingMoment,
): readonly ConfigurationFault[] {
  const rows = configurationRows(plan, journal);
  const named = (is: (row: ConfigurationRow) => boolean) =>
    rows.filter(is).map(({ source, key }) => `${source}/${key}`);
  const unread = named(({ readings }) => (readings[moment]?.state ?? 'unreadable') === 'unreadable');
  const result = (wanted: ConfigurationRow['result']) => named((row) => row.result === wanted);
  const faults: readonly (readonly [ConfigurationFault['code'], 'minor' | 'major', readonly string[], string])[] = [
    ['configuration-unread', 'minor', unread, `could not be read (${moment})`],
    [
      'configuration-undeclared',
      'major',
      moment === 'validated' ? result('changed undeclared') : [],
      'changed, and no step says so',
    ],
    ['configuration-again', 'major', moment === 'end' ? result('changed again') : [], 'changed again after validation'],
    [
      'configuration-not-back',
      'major',
      moment === 'end' ? result('not as before') : [],
      'not as before the change, after the rollback',
    ],
  ];
  return faults.flatMap(([code, severity, keys, what]) =>
    keys.length === 0 ? [] : [{ code, severity, what: `${shortList(keys)}: ${what}` }],
  );
}

function shortList(keys: readonly string[]): string {
  const [shown, more] = [keys.slice(0, 10).join(', '), keys.length - 10];
  return more > 0 ? `${shown} and ${more} more` : shown;
}
