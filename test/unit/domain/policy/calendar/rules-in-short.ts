import { evaluateWindow } from '../../../../../src/domain/policy/calendar/evaluate-window.ts';
import type { Freeze } from '../../../../../src/domain/policy/freezes-by-people.ts';
import type { FrozenWindows } from '../../../../../src/domain/policy/windows-schema.ts';

const office = 'WEEKLY;BYDAY=MO,TU,WE,TH 09:00-16:00';

/** The rules of a case: windows, freezes and runway, with ` + ` between them. */
export function parse(
  timeZone: string,
  text: string,
): { readonly rules: FrozenWindows | null; readonly made: readonly Freeze[] } {
  const parts = text.split(' + ');
  const said = (word: string) => parts.filter((part) => part.startsWith(word)).map((part) => part.slice(word.length));
  const allow = parts
    .map((part) => /^(\S+=?\S*)(?: from (\S+))? (\d\d:\d\d)-(\d\d:\d\d)$/.exec(part === 'office' ? office : part))
    .flatMap((found) => {
      if (!found) return [];
      const [, rule = '', from, start = '', end = ''] = found;
      return [{ rrule: `FREQ=${rule}`, ...(from === undefined ? {} : { from }), start, end }];
    });
  const once = said('planned ').map((span) => {
    const [from = '', until = ''] = span.split('/');
    return { from, until, reason: 'planned' };
  });
  const recurring = said('frozen ').map((text) => {
    const [, rule = '', start = '', end = ''] = /^(\S+) (\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? [];
    return { rrule: `FREQ=${rule}`, start, end, reason: 'recurring' };
  });
  const freezes = [...once, ...recurring];
  const made = said('made ').map((span, i): Freeze => {
    const [from = '', until = ''] = span.split('/');
    // Announced: whether one holds that is to do so at once is shown where clocks differ.
    const who = { createdAt: '2026-01-01T00:00:00Z', createdBy: 'key:carol', lifted: null };
    return { id: `f${i}`, scope: { kind: 'everything' }, reason: 'made', from, until: until || null, ...who };
  });
  const runwayMs = Number(said('runway ')[0] ?? 0) * 60_000;
  return { rules: allow.length === 0 ? null : { timeZone, allow, freezes, runwayMs, runwayFrom: 'policy' }, made };
}

/** The verdict on a case at an instant (milliseconds since the epoch). */
export function evaluate(zone: string, text: string, at: number) {
  const { rules, made } = parse(zone, text);
  return evaluateWindow(rules, made, at);
}
