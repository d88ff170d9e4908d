import { formatDuration } from '../../domain/base/duration.ts';
import { code, md, table, text } from '../../domain/base/markdown.ts';
import { fold, foldedWords } from './folded.ts';
import { blockedIn, namesByRole, noticesOf, type Preview } from './preview.ts';
import { shortened } from './steps.ts';
import { valueOf } from './value.ts';

/** A preview as Markdown, as for a comment on a pull request: steps first, then gates, then what differs. */
export function previewMarkdown(preview: Preview): string {
  const { plan, planDigest, maxDurationMs, gates, steps, checks, changed, changedMore, changedSince } = preview;
  const blocked = blockedIn(preview);
  const folded = fold(changed ?? []);
  const since = changedSince && md`${changedSince.deployment} (${changedSince.release})`;
  return [
    md`## ${plan.service} ${plan.release} to ${plan.environment}`.markdown,
    md`Procedure ${code(plan.procedure.name)}, plan ${code(planDigest)}, at most ${formatDuration(maxDurationMs)} from request to end. ${blocked.length === 0 ? 'Nothing is blocked.' : md`**Blocked: ${blocked.map(({ gate }) => gate).join(', ')}.**`}`
      .markdown,
    ...noticesOf(preview).map((words) => md`**Note**: ${words}`.markdown),
    '### Steps',
    table(
      ['Step', 'What', 'How'],
      steps.flatMap(({ id, title, parts }) =>
        parts.map(({ name, text: how }, i) => [
          i === 0 ? md`${code(id)} ${title}` : '',
          name,
          code(shortened(how), 600),
        ]),
      ),
    ),
    '### Checks',
    table(
      ['Part', 'What'],
      checks.flatMap(({ part, says }) => says.map((what, i) => [i === 0 ? part : '', code(shortened(what), 600)])),
    ),
    '### Gates',
    table(
      ['Gate', 'State', 'Required', 'Found'],
      gates.map((gate) => [gate.gate, gate.state, gate.required, foundOf(gate)]),
    ),
    '### What differs',
    ...(changed === null || since === null
      ? ['No plan has run on this target before.']
      : [
          md`From the plan that ran last, ${since}:`.markdown,
          table(
            ['Where', 'Before', 'Now'],
            folded.shown.map(({ pointer, before, after }) => [
              code(pointer),
              text(valueOf(before, 'absent', pointer)),
              text(valueOf(after, 'absent', pointer)),
            ]),
          ),
          ...foldedWords(folded).map((words) => text(`Also ${words}.`).markdown),
          ...(changedMore > 0 ? [`And ${changedMore} more.`] : []),
        ]),
  ].join('\n\n');
}

/** What was found of a gate, or whom and what it waits for. */
function foundOf({ reason, found, who = [], opens }: Preview['gates'][number]): string {
  if (reason !== undefined || found !== undefined) return reason ?? found ?? '';
  if (opens !== undefined) return opens === null ? 'does not open by itself' : `opens ${opens}`;
  return who.length === 0 ? '' : `could be given by ${namesByRole(who)}`;
}
