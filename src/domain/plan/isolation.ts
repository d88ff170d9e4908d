import type { Trait } from '../kinds/adapter.ts';
import { type Policy, rulesFor } from '../policy/policy.ts';
import { checksOf, type Plan, type PlannedUndo } from './plan.ts';

type Part = { readonly traits?: readonly Trait[] };

/** Whether anything in a plan runs files: an action, an undo, a check, or a source of configuration. */
export function runsFiles({ steps, health, validation, rollback, configuration }: Plan): boolean {
  const all: readonly Part[] = [
    ...steps.flatMap((step) => {
      if (step.kind === 'manual') return actionOf(step.undo);
      if (step.kind !== 'action') return [];
      return [step.do, ...actionOf(step.undo), ...(step.done ? [step.done] : []), ...checksOf(step.verify)];
    }),
    ...health,
    ...Object.values(validation).flatMap(checksOf),
    ...rollback.verify,
  ];
  const isRead = configuration?.sources.some(({ kind }) => kind === 'command') ?? false;
  return isRead || all.some(({ traits }) => traits?.includes('runs-files'));
}

function actionOf(undo: PlannedUndo): readonly Part[] {
  return undo.kind === 'action' ? [undo.action] : [];
}

/** Why an environment takes no commands that run as the worker itself; null where it does, by its rules and those of a plan. */
export function isolationFault(
  policy: Pick<Policy, 'environments'>,
  environment: string,
  worker: string,
  planned?: 'isolated',
): string | null {
  if (planned !== 'isolated' && rulesFor(policy, { environment })?.commands !== 'isolated') return null;
  return `${environment} takes only commands that run as a user of their own (commands: isolated), and those of ${worker} do not.`;
}
