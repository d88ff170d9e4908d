import type { ErrorIssue } from '../../base/errors.ts';
import { refuse, toPointer } from '../../base/refuse.ts';
import type { Policy } from '../policy.ts';
import type { WindowRules } from '../windows-schema.ts';
import { dayRuleFault } from './day-rule.ts';
import { isLocalTime, isTimeZone } from './wall-clock.ts';

type Path = readonly PropertyKey[];

/**
 * Whether the windows of a policy mean something: a time zone that is known, rules that choose days, days that the
 * calendar has. Throws `invalid-policy` with JSON pointers.
 */
export function checkWindows({ environments }: Pick<Policy, 'environments'>): void {
  // A rule that never comes to a day is looked for through centuries, for up to a second: the first one is enough.
  let hasBadRule = false;
  const ruleFault: typeof dayRuleFault = (rrule, from) => {
    const found = hasBadRule ? null : dayRuleFault(rrule, from);
    hasBadRule ||= found !== null;
    return found;
  };
  const issues = Object.entries(environments).flatMap(([name, { windows }]) =>
    windows ? faultsOf(windows, ['environments', name, 'windows'], ruleFault) : [],
  );
  if (issues.length > 0) refuse(issues);
}

function faultsOf({ timeZone, allow, freezes }: WindowRules, at: Path, ruleFault: typeof dayRuleFault) {
  const issues: ErrorIssue[] = [];
  const fault = (path: Path, detail: string) =>
    issues.push({ code: 'invalid-policy', pointer: toPointer([...at, ...path]), detail });
  const checkTime = (text: string | undefined, path: Path) => {
    const isRight = text === undefined || isLocalTime(text);
    if (!isRight) fault(path, `there is no ${text}`);
    return isRight;
  };
  const checkRule = ({ rrule, from }: WindowRules['allow'][number], path: Path) => {
    const found = checkTime(from, [...path, 'from']) ? ruleFault(rrule, from) : null;
    if (found !== null) fault([...path, 'rrule'], found);
  };
  if (!isTimeZone(timeZone))
    fault(['timeZone'], `no time zone is called ${timeZone}: write an IANA name such as Europe/Berlin`);
  for (const [i, window] of allow.entries()) checkRule(window, ['allow', i]);
  for (const [i, freeze] of freezes.entries())
    if ('rrule' in freeze) checkRule(freeze, ['freezes', i]);
    else for (const key of ['from', 'until'] as const) checkTime(freeze[key], ['freezes', i, key]);
  return issues;
}
