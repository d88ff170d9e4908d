import { join, link, type Markdown, md } from '../../base/markdown.ts';
import type { HealthRow } from '../health-rows.ts';
import type { ValidationResults } from '../validation-section.ts';
import { count, counted, periods, span, time } from './words.ts';

const notMeasured = {
  'not-started': md`no step was started`,
  'under-way': md`its counts follow`,
  ended: md`**nothing was journaled of it**`,
};

/** What users found while it changed: how many probes were sent and failed, who answered them, the longest gap. */
export function availability({
  availability: rows,
  availabilityPlanned,
  watch,
}: ValidationResults): readonly Markdown[] {
  if (rows.length > 0) return rows.map(availabilityLine);
  return [
    availabilityPlanned
      ? md`Availability: ${watch === 'under-way' ? 'being measured' : 'not measured'}, ${notMeasured[watch]}.`
      : md`Availability: not measured, the plan has no check of it.`,
  ];
}

/** Zero downtime is claimed only where every probe was answered well, without a gap in probing. */
function availabilityLine(row: HealthRow): Markdown {
  const bad = row.failed + row.errors;
  const isZero = bad === 0 && row.samples > 0 && row.unwatched.length === 0;
  const gap =
    row.maxGapMs === null ? 'no two good answers' : `longest gap between two good answers ${span(row.maxGapMs)}`;
  const holes = row.unwatched.length === 0 ? md`` : md`; **not probed** ${periods(row.unwatched)}`;
  return md`${isZero ? 'Zero downtime' : 'Availability'}, measured: ${counted(row.samples, 'probe')} of ${link(row.of)} at ${row.rate}/s from ${time(row.startedAt)} to ${time(row.endedAt)}; ${count(bad)} failed${whoAnswered(row)}; ${gap}${holes}.`;
}

function whoAnswered({ failed, errors, badAnswersBy, firstBadAt, lastBadAt }: HealthRow): Markdown {
  const bad = failed + errors;
  if (bad === 0) return md``;
  const named = Object.entries(badAnswersBy)
    .filter(([, number]) => number > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const rest = bad - named.reduce((sum, [, number]) => sum + number, 0);
  const share = (number: number) => (number === bad ? 'all' : count(number));
  const answered = join([
    ...named.map(([name, number]) => {
      return md`${share(number)} answered by ${name === 'unnamed' ? 'something that named no release' : name}`;
    }),
    rest > 0 ? md`${share(rest)} without a word of who answered` : null,
  ]);
  const when = firstBadAt === null || lastBadAt === null ? md`` : md` (${time(firstBadAt)} to ${time(lastBadAt)})`;
  return md`, ${answered}${when}`;
}
