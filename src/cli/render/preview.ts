import type { components } from '../../contract/paths.ts';
import { formatDuration } from '../../domain/base/duration.ts';
import { shortList } from '../../domain/base/short-list.ts';
import { plain, type Terminal } from '../terminal.ts';
import { fold, foldedWords } from './folded.ts';
import { renderChecks, renderSteps } from './steps.ts';
import { valueOf } from './value.ts';

/** What a request would lead to, as the API answers it. */
export type Preview = components['schemas']['Preview'];
export type PreviewedGate = Preview['gates'][number];

/** How each state is marked; any other one counts as blocked. */
const marks = {
  passed: (paint: Terminal['paint']) => paint.green('✓'),
  waived: (paint: Terminal['paint']) => paint.yellow('!'),
  waiting: (paint: Terminal['paint']) => paint.yellow('…'),
  'not-required': (paint: Terminal['paint']) => paint.dim('–'),
} as const;
const isKnown = (state: string): state is keyof typeof marks => Object.hasOwn(marks, state);

export function blockedIn({ gates }: Preview): readonly PreviewedGate[] {
  return gates.filter(({ state }) => !isKnown(state));
}

/** Shown before all details: what would hold the request, and other releases of the same name. */
export function noticesOf({
  plan: { release },
  outlook,
  sameName,
}: Pick<Preview, 'plan' | 'outlook' | 'sameName'>): readonly string[] {
  const others = sameName.map(({ deployment, artifactDigest }) => `${deployment} (${artifactDigest})`);
  return [
    ...outlook.map(({ says }) => says),
    ...(others.length === 0 ? [] : [`Another release of the name ${release}, by its digest: ${others.join(', ')}.`]),
  ];
}

/** A preview for people, line by line. */
export function renderPreview(preview: Preview, paint: Terminal['paint']): readonly string[] {
  const { plan, planDigest, maxDurationMs, gates } = preview;
  const width = Math.max(...gates.map(({ gate }) => gate.length));
  const blocked = blockedIn(preview);
  return [
    paint.bold(plain(`${plan.service} ${plan.release} to ${plan.environment} by ${plan.procedure.name}`)),
    plain(`plan ${planDigest}, at most ${formatDuration(maxDurationMs)} from request to end`),
    ...noticesOf(preview).map((words) => paint.yellow(plain(`! ${words}`))),
    '',
    ...renderSteps(preview.steps, paint),
    '',
    ...renderChecks(preview.checks, paint),
    '',
    ...gates.flatMap((gate) => renderGate(gate, width, paint)),
    '',
    ...renderChanged(preview, paint),
    '',
    blocked.length === 0
      ? paint.green('Nothing is blocked.')
      : paint.red(plain(`Blocked: ${blocked.map(({ gate }) => gate).join(', ')}.`)),
  ];
}

function renderGate(gate: PreviewedGate, width: number, paint: Terminal['paint']): readonly string[] {
  const { state, required, found, reason, who, opens } = gate;
  const more = (text: string) => plain(`${' '.repeat(width + 4)}${text}`);
  const head = `${gate.gate.padEnd(width)}  ${required}`;
  return [
    `${isKnown(state) ? marks[state](paint) : paint.red('✗')} ${plain(head)}`,
    ...(reason === undefined ? (found === undefined ? [] : [paint.dim(more(found))]) : [paint.red(more(reason))]),
    ...(who === undefined || who.length === 0
      ? []
      : [more(`could ${gate.gate === 'window' ? 'lift' : 'give'} it: ${namesByRole(who)}`)]),
    ...(opens === undefined ? [] : [more(opens === null ? 'does not open by itself' : `opens ${opens}`)]),
  ];
}

/** At most so many people of a role are named; the API returns all. */
const maxNames = 10;

export function namesByRole(who: NonNullable<PreviewedGate['who']>): string {
  const roles = [...new Set(who.map(({ role }) => role))];
  return roles
    .map((role) => {
      const names = who.filter((one) => one.role === role).map(({ name }) => name);
      return `${shortList(names, maxNames)} (${role})`;
    })
    .join('; ');
}

/** What differs from the plan that ran last, line by line. */
export function renderChanged(
  preview: Pick<Preview, 'changed' | 'changedMore' | 'changedSince'>,
  paint: Terminal['paint'],
): readonly string[] {
  const { changed, changedMore, changedSince } = preview;
  if (changed === null || changedSince === null) return ['No plan has run on this target before.'];
  const since = plain(`${changedSince.deployment} (${changedSince.release})`);
  if (changed.length === 0) return [`Nothing differs from the plan that ran last, ${since}.`];
  const folded = fold(changed);
  return [
    `${changed.length + changedMore} values differ from the plan that ran last, ${since}:`,
    ...folded.shown.map(
      ({ pointer, before, after }) =>
        `  ${plain(pointer)}: ${paint.red(valueOf(before, 'absent', pointer))} → ${paint.green(valueOf(after, 'absent', pointer))}`,
    ),
    ...foldedWords(folded).map((words) => paint.dim(`  ${words}`)),
    ...(changedMore > 0 ? [`  and ${changedMore} more`] : []),
  ];
}
