import { join, link, type Markdown, md } from '../../base/markdown.ts';
import type { HealthRow } from '../health.ts';
import type { RollbackCheckRow, ValidationResults, ValidationRow } from '../validation.ts';
import { count, counted, listed, paragraph, periods, shortened, span, tableOf, time, verdict } from './words.ts';

export function renderValidation(part: ValidationResults): readonly string[] {
  const { rows, notRun } = part;
  const notCovered = part.notCovered.map(({ what, reason }) => md`${what} (${reason})`);
  const head = ['Group', 'Check', 'Threshold (frozen)', 'Observed', 'Samples', 'At', 'Verdict'];
  return [
    ...(notRun === null ? tableOf(head, rows, checkRow) : [paragraph(md`Not run: ${notRun}${missed(rows)}.`)]),
    paragraph(...part.rollbackChecks.map(rollbackCheck), ...availability(part)),
    paragraph(
      md`Operational readiness: ${join(part.readiness, '; ')}. Not covered: ${listed(notCovered, 'nothing', '; ')}.`,
    ),
  ];
}

function missed(rows: readonly ValidationRow[]): Markdown {
  return rows.length === 0 ? md`` : md` (${join(rows.map(({ group, check }) => `${group}: ${check}`))})`;
}

function checkRow(row: ValidationRow): readonly (string | Markdown)[] {
  return [
    row.group,
    row.check,
    shortened(row.threshold),
    shortened(row.observed ?? ''),
    row.samples === null ? '' : count(row.samples),
    row.at === null ? '' : time(row.at),
    verdict(row.verdict),
  ];
}

function rollbackCheck({ check, verdict: found, summary, at, moment }: RollbackCheckRow): Markdown {
  const when = moment === 'grant' ? 'before the first change' : 'after the rollback';
  return md`Rollback check ${check}, ${when}: ${verdict(found)} (${shortened(summary)}) at ${time(at)}.`;
}

const notMeasured = {
  'not-started': md`no step was started`,
  'under-way': md`its counts follow`,
  ended: md`**nothing was journaled of it**`,
};

function availability({ availability: rows, availabilityPlanned, watch }: ValidationResults): readonly Markdown[] {
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
