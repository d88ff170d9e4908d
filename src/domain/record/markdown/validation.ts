import { join, type Markdown, md } from '../../base/markdown.ts';
import type { RollbackCheckRow, ValidationResults, ValidationRow } from '../validation-section.ts';
import { availability } from './availability.ts';
import { count, listed, paragraph, shortened, tableOf, time, verdict } from './words.ts';

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
