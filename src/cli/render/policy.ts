import type { PolicyTest } from '../../domain/backtest/past-change.ts';
import { type Calendar, type ExplainedLine, explainPolicy } from '../../domain/policy/explain/explain.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { plain, type Terminal } from '../terminal.ts';

export interface LoadedPolicy {
  readonly policy: Policy;
  readonly digest: string;
}

/** An explanation, line by line. */
export function explainedLines(lines: readonly ExplainedLine[], paint: Terminal['paint']): readonly string[] {
  return lines.flatMap(({ kind, text }) => {
    if (kind === 'heading') return ['', paint.bold(plain(text))];
    return [kind === 'warning' ? paint.yellow(`  ! ${plain(text)}`) : `  ${plain(text)}`];
  });
}

/** A policy explained, line by line. */
export function renderPolicy(
  { policy, digest }: LoadedPolicy,
  paint: Terminal['paint'],
  calendar: Calendar | null = null,
): readonly string[] {
  const lines = explainPolicy(policy, calendar);
  const warnings = lines.filter(({ kind }) => kind === 'warning').length;
  return [
    `policy ${digest}`,
    ...explainedLines(lines, paint),
    '',
    warnings === 0
      ? 'The policy is sound.'
      : `The policy is sound; ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}.`,
  ];
}

/** What a policy would have made of the past, line by line. */
export function renderTest(
  { evaluated, refused, unknown, notEvaluated }: PolicyTest,
  digest: string,
  paint: Terminal['paint'],
): readonly string[] {
  return [
    `policy ${digest}`,
    `${refused.length} of ${evaluated} deployments would have been refused.`,
    ...refused.flatMap(({ id, release, requestedAt, outcome, refusals }) => [
      '',
      paint.bold(plain(`${id}  ${release}  requested ${requestedAt}  ${outcome}`)),
      ...refusals.map(({ rule, why }) => `  ${paint.dim(plain(rule))}  ${plain(why)}`),
    ]),
    ...(unknown.length === 0
      ? []
      : ['', plain(`Not evaluated, their plan or journal is not whole any more: ${unknown.join(', ')}.`)]),
    ...(notEvaluated.length === 0
      ? []
      : ['', `Not evaluated, since journals do not tell: ${notEvaluated.join(', ')}.`]),
  ];
}
