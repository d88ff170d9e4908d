import { z } from 'zod';
import { durationPattern, parseDuration } from '../base/duration.ts';
import { jsonSchema } from '../base/json-schema.ts';
import { means } from '../base/means.ts';
import { freeTextSchema, nameSchema, parameterStringSchema } from '../base/names.ts';

// The document as a person writes it. References are still in it, so a field that ends as a duration or a number may
// hold one; planning fills them in and holds the result to the strict shape.

const isDuration = (text: string) => parseDuration(text) !== undefined;

/** `hold: 30` is a number without a unit. */
const writeDuration = {
  error: ({ input }: { readonly input?: unknown }) =>
    input === undefined ? undefined : 'write a duration with its unit, such as 30s or 15m',
};
const plainDuration = z
  .string(writeDuration)
  .refine(
    isDuration,
    'write a duration such as 500ms, 30s, 15m, 24h or 7d, at most 90d; no reference is filled in here',
  )
  .meta({ pattern: durationPattern.source, examples: ['30s'] });
const wholeReference = /^\$\{[^{}]+\}$/;
const durationText = z
  .string(writeDuration)
  .refine((text) => isDuration(text) || wholeReference.test(text), {
    message: 'write a duration such as 500ms, 30s, 15m, 24h or 7d, at most 90d, or a reference to one',
  })
  .meta({ pattern: `${durationPattern.source}|${wholeReference.source}`, examples: ['30s'] });
const reason = freeTextSchema(500);
const none = z.strictObject({ none: reason.meta(means('Why there is nothing here', 'nothing measures it yet')) });

/** The adapter's kind is a key and its options stand beside it; which keys those are, the adapter's schema says. */
const adapterSpec = z
  .record(z.string(), jsonSchema)
  .refine((spec) => Object.keys(spec).length > 0, 'name what to do, such as command: or http:');

const listed = { error: 'list at least one check' };
const checks = z.array(adapterSpec, listed).min(1, listed).max(50);
const checksOrNone = z.union([checks, none], 'list at least one check, or write none: with the reason');

const baseStep = {
  id: nameSchema.meta(means('Its name, which no other step has', 'start-idle')),
  title: freeTextSchema(200).meta(means('One line for people; references are filled in', 'Start the idle slot')),
};
const within = durationText.meta(means('The longest wait for it; absent: as long as the policy allows', '1h'));

/** An action beside `none` would never be carried out. */
const undoAction = adapterSpec.refine((spec) => !Object.hasOwn(spec, 'none'), 'beside none: only the reason stands');
const undo = z.union([none, undoAction], 'say how it is undone, or write none: with the reason alone').optional();

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

const absentParameter = 'Its value where a request does not set it; absent: a request must';

export const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string').meta(means('A text')),
    default: parameterStringSchema.optional().meta(means(absentParameter, 'info')),
    options: z
      .array(parameterStringSchema)
      .min(1)
      .max(50)
      .optional()
      .meta(means('The only values that are taken; absent: any', ['info', 'debug'])),
  }),
  z.strictObject({
    type: z.literal('duration').meta(means('A time')),
    default: plainDuration.optional().meta(means(absentParameter, '30s')),
    minimum: plainDuration.optional().meta(means('The shortest that is taken', '10s')),
    maximum: plainDuration.optional().meta(means('The longest that is taken', '1h')),
  }),
  z.strictObject({
    type: z.literal('integer').meta(means('A whole number')),
    default: z.int().optional().meta(means(absentParameter, 10)),
    minimum: z.int().optional().meta(means('The smallest that is taken', 1)),
    maximum: z.int().optional().meta(means('The greatest that is taken', 100)),
  }),
]);
export type ParameterDocument = z.infer<typeof parameterSchema>;

const fileName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}(\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,5}$/,
    'name a file inside the folder of the procedure',
  )
  .refine((name) => !name.includes('..'), 'a file name has no ..');

/** A value has no references of its own, and two values together make none. */
const plainText = z
  .string()
  .max(512)
  .refine(
    (text) => !text.includes('$'),
    'a value of a slot or an environment has no $: no reference is filled in here',
  );
const plainValues = z.record(nameSchema, z.union([plainText, z.number(), z.boolean()]));
const slotKeys = plainValues
  .meta({ maxProperties: 20 })
  .refine((keys) => Object.keys(keys).length <= 20, 'a slot has at most 20 keys')
  .refine((keys) => !Object.hasOwn(keys, 'name'), {
    path: ['name'],
    message: 'the key name is taken: it gives the name of the slot',
  });

const slotsSchema = z
  .record(nameSchema, slotKeys)
  .refine((slots) => Object.keys(slots).length === 2, 'name exactly two slots')
  .meta({ minProperties: 2, maxProperties: 2 });
const slotsExample = { blue: { url: 'http://127.0.0.1:4001' }, green: { url: 'http://127.0.0.1:4002' } };

/** What one environment has of its own: what `${env.<name>}` means there, and its slots, if not those of all. */
const environmentSchema = z.strictObject({
  values: plainValues
    .refine((values) => Object.keys(values).length <= 50, 'an environment has at most 50 values')
    .meta({ maxProperties: 50 })
    .default({})
    .meta(means('What `${env.<name>}` is there', { front: 'http://127.0.0.1:4000' })),
  slots: slotsSchema.optional().meta(means('Its slots; absent: those of the procedure', slotsExample)),
});

/** A file in a repository of the policy that documents what serves. */
const documentSchema = z
  .strictObject({
    repository: nameSchema.meta(means('Its name under `repositories` of the policy', 'runbooks')),
    path: z
      .string()
      .min(1)
      .max(300)
      .meta(means('The file, relative to the repository; with `record` its folder', 'services/${service}.md')),
    block: nameSchema
      .optional()
      .meta(means('The name in the markers that it stands between; absent: `release`', 'release')),
    record: z.literal(true).optional().meta(means("The deployment's own record, as a file of its own in `path`")),
  })
  .refine(({ block, record }) => block === undefined || record === undefined, {
    path: ['block'],
    message: 'a document is a block or the record, not both',
  });

/** A member by its name, or one inside another: `limits/max`. */
const configurationKey = z
  .string()
  .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, 'a key is names of letters, digits and _.-, with / between them')
  .max(100);

/** Where keys are read: the kind is a key and its options stand beside it, as in a check. */
const configurationSchema = z
  .object({
    id: nameSchema.meta(means('The name of the source, by which `changes` of steps name its keys', 'app')),
    keys: z
      .array(
        z.union([
          configurationKey,
          z.strictObject({
            key: configurationKey.meta(means('The key', 'PASSWORD')),
            secret: z.literal(true).meta(means('Nobody may read its value: only a keyed digest is kept')),
          }),
        ]),
      )
      .min(1)
      .max(50)
      .meta(means('What is read: `limits/max` is a member inside another', ['color', 'limits/max'])),
  })
  .catchall(jsonSchema);

/** Those whose id another one before them has. */
export function repeated(
  all: readonly { readonly id: string }[],
): readonly { readonly index: number; readonly id: string }[] {
  const ids = all.map(({ id }) => id);
  return ids.flatMap((id, index) => (ids.indexOf(id) < index ? [{ index, id }] : []));
}

/** A procedure: the documented, reusable way to deploy a service. */
export const procedureSchema = z.strictObject({
  gantry: z.literal(1).meta(means('The version of this format')),
  procedure: nameSchema.meta(means('Its name, which is that of its folder', 'shop-blue-green')),
  description: freeTextSchema(500).meta(means('One line for people', 'Start the idle slot, move traffic, watch it.')),
  parameters: z
    .record(nameSchema, parameterSchema)
    .default({})
    .meta(means('What a request may set; `${parameters.<name>}` is its value', { hold: { type: 'duration' } })),
  files: z
    .array(fileName)
    .max(50)
    .default([])
    .meta(means('What its commands run: part of its digest, and compared before each start', ['shopctl'])),
  environments: z
    .record(nameSchema, environmentSchema)
    .refine(
      (environments) => Object.keys(environments).length > 0 && Object.keys(environments).length <= 10,
      'name at least one environment, and at most 10',
    )
    .meta({ minProperties: 1, maxProperties: 10 })
    .optional()
    .meta(means('Where it may be used, and what differs there; absent: nothing does, and it is for one environment')),
  slots: slotsSchema
    .optional()
    .meta(means('Two places for a release, the live and the idle one, each with keys of its own', slotsExample)),
  steps: z
    .array(stepSchema)
    .min(1)
    .max(100)
    .superRefine((steps, context) => {
      for (const { index, id } of repeated(steps))
        context.addIssue({
          code: 'custom',
          path: [index, 'id'],
          message: `a step above has the id ${id} already: each has an id of its own`,
        });
    })
    .refine((steps) => steps[0]?.hold === undefined && steps[0]?.gate === undefined, {
      path: [0],
      message:
        'the first step changes something, so it is a do or a manual: before it there is nothing to watch, and people approve by the rules of the policy',
    })
    .meta(means('What is done, in this order; the first one changes something')),
  health: checks.meta(means('Checks from before the first step to the end of monitoring: one that fails rolls back')),
  validation: z
    .strictObject({
      smoke: checks.meta(means('Does it work at all')),
      performance: checksOrNone.meta(means('Is it as fast, and are there as few errors, as before')),
      integrations: checksOrNone.meta(means('Do those answer whom it calls, and who calls it')),
      features: checksOrNone.meta(means('Does what users do with it work')),
    })
    .meta(means('Checks once all steps are done; one that fails rolls back')),
  rollback: z
    .strictObject({
      verify: checks.meta(means('Checks that the release of before serves again')),
      settle: durationText
        .optional()
        .meta(
          means(
            'How long these must go on passing where the end of an attempt was unknown; absent: as long as the longest action may take, at most 30s',
            '15s',
          ),
        ),
    })
    .meta(means('How one can tell that a rollback has succeeded')),
  documents: z
    .array(documentSchema)
    .max(20)
    .optional()
    .meta(means('Files in repositories that tell what serves; absent: none')),
  configuration: z
    .array(configurationSchema)
    .max(10)
    .optional()
    .meta(means('Sources of configuration that are read before and after; absent: none')),
  monitoring: z
    .strictObject({
      period: durationText.meta(means('How long the release is watched before it is confirmed', '15m')),
      handoff: z
        .strictObject({
          role: nameSchema.meta(means('Who takes over, and says so', 'support')),
          within: durationText.meta(means('How long after the end of monitoring they may take', '4h')),
        })
        .optional()
        .meta(means('Who looks after the release from then on; absent: nobody is asked')),
    })
    .meta(means('What follows validation')),
});
export type ProcedureDocument = z.infer<typeof procedureSchema>;
