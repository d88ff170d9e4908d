import { z } from 'zod';
import { means } from '../base/means.ts';
import { freeTextSchema, nameSchema } from '../base/text-schemas.ts';
import { checksOrNone } from './check-lists.ts';
import { adapterSpec, durationText, none, reason } from './document-parts.ts';

const baseStep = {
  id: nameSchema.meta(means('Its name, which no other step has', 'start-idle')),
  title: freeTextSchema(200).meta(means('One line for people; references are filled in', 'Start the idle slot')),
};
const within = durationText.meta(means('The longest wait for it; absent: as long as the policy allows', '1h'));

/** An action beside `none` would never be carried out. */
const undoAction = adapterSpec.refine((spec) => !Object.hasOwn(spec, 'none'), 'beside none: only the reason stands');
const undo = z.union([none, undoAction], 'say how it is undone, or write none: with the reason alone').optional();

/** What every step has: an id, a title, exactly one of `do`, `hold`, `gate` and `manual`, and what belongs to that. */
export const stepSchema = z
  .strictObject({
    ...baseStep,
    do: adapterSpec.optional().meta(means('What it does: an action')),
    hold: durationText.optional().meta(means('It waits for so long, and health goes on being watched', '30s')),
    gate: z
      .strictObject({
        role: nameSchema.meta(means('Whose approval counts', 'service-owner')),
        minimum: z.int().min(1).max(20).default(1).meta(means('How many people of the role must approve', 2)),
        within: within.optional(),
      })
      .optional()
      .meta(means('It waits for people, who look at what there is so far and approve')),
    manual: z
      .strictObject({
        instructions: freeTextSchema(2000).meta(means('What the person does', 'Switch the DNS entry to ${release}.')),
        role: nameSchema.meta(means('Who does it, and reports how it came out', 'operator')),
        within: within.optional(),
      })
      .optional()
      .meta(means('A person does it; it has an `undo` as a `do` has')),
    undo: undo.meta(means('The action that undoes it, or why none is needed; it runs backwards, last step first')),
    done: adapterSpec
      .optional()
      .meta(means('The check that reads the effect back after an answer that was lost; absent: that rolls back')),
    verify: checksOrNone.optional().meta(means('Checks that must pass before the next step, or why there are none')),
    changes: z
      .array(
        z
          .string()
          .min(1)
          .max(200)
          .meta({ examples: ['app/color'] }),
      )
      .min(1)
      .max(50)
      .optional()
      .meta(means('Keys of `configuration` that it changes, each as `source/key`', ['app/color'])),
    retry: z
      .strictObject({
        attempts: z.int().min(1).max(10).meta(means('How often it is tried, the first time included', 3)),
        backoff: durationText.default('1s').meta(means('The wait before each further attempt', '5s')),
        idempotent: z
          .boolean()
          .default(false)
          .meta(means('It may be done twice: it is tried again also when nobody knows how an attempt ended', true)),
      })
      .optional()
      .meta(means('Whether it is tried again after an attempt that failed or was lost; absent: one attempt')),
    revertible: z
      .literal(false)
      .optional()
      .meta(means('It cannot be undone: trouble after it needs a person, and rolls nothing back')),
    reason: reason
      .optional()
      .meta(means('Why it cannot be undone; stands beside `revertible: false`', 'mails are out')),
  })
  .superRefine((step, context) => {
    const fault = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
    const kinds = (['do', 'hold', 'gate', 'manual'] as const).filter((kind) => step[kind] !== undefined);
    if (kinds.length !== 1) fault([], 'a step has exactly one of do, hold, gate, manual');
    const acts = step.do !== undefined || step.manual !== undefined;
    if (step.revertible === false && step.reason === undefined) fault(['reason'], 'revertible: false needs a reason');
    if (step.revertible === undefined && step.reason !== undefined)
      fault(['reason'], 'a reason stands beside revertible: false');
    if (acts && step.undo === undefined && step.revertible === undefined)
      fault(['undo'], 'say how it is undone: undo, undo: { none: reason } or revertible: false with a reason');
    if (step.undo !== undefined && step.revertible === false)
      fault(['undo'], 'a step that is not revertible has no undo');
    if (step.do !== undefined && step.verify === undefined)
      fault(['verify'], 'say how it is verified: a list of checks or verify: { none: reason }');
    for (const key of ['undo', 'done', 'verify', 'retry', 'revertible', 'changes'] as const)
      if (step[key] !== undefined && !acts) fault([key], `${key} belongs to a step with do`);
    for (const key of ['done', 'verify', 'retry'] as const)
      if (step[key] !== undefined && step.manual !== undefined) fault([key], `${key} belongs to a step with do`);
  });
export type StepDocument = z.infer<typeof stepSchema>;
