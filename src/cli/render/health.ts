import type { components } from '../../contract/paths.ts';
import { plain, type Terminal } from '../terminal.ts';

export type HealthSoFar = components['schemas']['HealthSoFar'];
type Counts = HealthSoFar['checks'][number];

/**
 * The health checks of a deployment, a line each: `health: front-door watching  1204 good, 3 bad (3 by nobody)  last: 200, by 1.4.2`.
 * `breach`: why it stops for its health.
 */
export function healthLines(
  { health }: Pick<components['schemas']['Status'], 'health'>,
  soFar: HealthSoFar | null,
  paint: Terminal['paint'],
  breach?: { readonly check?: unknown; readonly summary?: unknown },
): readonly string[] {
  return health.map(({ id, verdict }) => {
    const isBad = verdict === 'failed' || verdict === 'error';
    const counts = soFar?.checks.find((one) => one.id === id);
    const why = breach?.check === id ? [paint.red(plain(String(breach.summary)))] : [];
    const head = `health: ${(isBad ? paint.red : paint.green)(plain(`${id} ${verdict}`))}`;
    return [head, ...(counts ? countWords(counts, paint) : []), ...why].join('  ');
  });
}

/** How many samples were good, how many bad and by whom they were answered; `1204 good, 3 bad (3 by nobody)`. */
export function tallyOf({ samples, passed, badAnswersBy }: Counts): string {
  const by = Object.entries(badAnswersBy).map(([who, times]) => `${times} by ${who}`);
  return plain(`${passed} good, ${samples - passed} bad${by.length === 0 ? '' : ` (${by.join(', ')})`}`);
}

function countWords(counts: Counts, paint: Terminal['paint']): readonly string[] {
  const tally = tallyOf(counts);
  const { latest } = counts;
  const who = latest?.answeredBy === undefined ? '' : `, by ${latest.answeredBy}`;
  return [
    counts.passed < counts.samples ? paint.yellow(tally) : tally,
    ...(latest ? [paint.dim(plain(`last: ${latest.summary}${who}`))] : []),
  ];
}
