import { text } from '../base/markdown.ts';
import type { Wait } from '../journal/waits.ts';
import type { Plan } from '../plan/plan.ts';
import { isEmergency } from '../plan/waivers.ts';
import { wantedOf } from './missing-people.ts';
import type { DeploymentState } from './state.ts';
import { describeCause } from './status.ts';

const mark = {
  pending: '·',
  running: '▶',
  verifying: '▶',
  passed: '✓',
  failed: '✗',
  'cut-short': '■',
  undone: '↩',
} as const;

/** Of a state, what the Temporal UI shows. */
const shownOf = [
  'cause',
  'rolledBackBecause',
  'waits',
  'approvals',
  'acknowledged',
  'steps',
  'outcome',
  'phase',
  'paused',
  'deployment',
] as const;

/** Whether one state shows otherwise than the one before it; what an entry does not change stays the same value. */
export function detailsDiffer(before: DeploymentState, after: DeploymentState): boolean {
  return shownOf.some((part) => before[part] !== after[part]);
}

/** What it waits for and until when, what is wanted of whom, and of a manual step how it is done. */
function waitLines(plan: Plan, state: DeploymentState, wait: Wait): readonly string[] {
  const step = wait.step === undefined ? '' : ` (${wait.step})`;
  const until = wait.until === null ? '' : ` until ${wait.until}, then ${wait.then}`;
  const wanted = wantedOf(plan, state, wait)?.asked.wanted;
  return [
    `- waits for **${wait.kind}**${step}${until}`,
    ...(wanted ? [`  - ${text(wanted.who).markdown}: ${text(wanted.what).markdown}`] : []),
    ...(wait.reason === undefined ? [] : [`  - ${text(wait.reason).markdown}`]),
  ];
}

/** What the Temporal UI shows of a running deployment, in Markdown: phase, what it waits for, and the steps. */
export function currentDetails(plan: Plan, planDigest: string, state: DeploymentState): string {
  const cause = state.cause ?? state.rolledBackBecause;
  const waits = state.waits.flatMap((wait) => waitLines(plan, state, wait));
  const steps = state.steps.map(({ id, title, state: at }) => `- ${mark[at]} ${id}: ${text(title).markdown} (${at})`);
  return [
    `${isEmergency(plan) ? '**EMERGENCY** · ' : ''}**${state.outcome ?? state.phase}**${state.paused ? ' · paused' : ''} · ${plan.mode === 'rehearsal' ? 'rehearsal of ' : ''}${plan.service} ${plan.release} to ${plan.environment}`,
    ...(cause ? [text(describeCause(cause)).markdown] : []),
    ...waits,
    '',
    ...steps,
    '',
    `Plan \`${planDigest}\``,
  ].join('\n');
}
