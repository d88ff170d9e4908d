import { z } from 'zod';
import { parseDuration } from '../base/duration.ts';
import { jsonSchema } from '../base/json-schema.ts';
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
  );
const wholeReference = /^\$\{[^{}]+\}$/;
const durationText = z.string(writeDuration).refine((text) => isDuration(text) || wholeReference.test(text), {
  message: 'write a duration such as 500ms, 30s, 15m, 24h or 7d, at most 90d, or a reference to one',
});
const reason = freeTextSchema(500);
const none = z.strictObject({ none: reason });

/** The adapter's kind is a key and its options stand beside it; which keys those are, the adapter's schema says. */
const adapterSpec = z
  .record(z.string(), jsonSchema)
  .refine((spec) => Object.keys(spec).length > 0, 'name what to do, such as command: or http:');

const listed = { error: 'list at least one check' };
const checks = z.array(adapterSpec, listed).min(1, listed).max(50);
const checksOrNone = z.union([checks, none], 'list at least one check, or write none: with the reason');

const baseStep = { id: nameSchema, title: freeTextSchema(200) };

/** An action beside `none` would never be carried out. */
const undoAction = adapterSpec.refine((spec) => !Object.hasOwn(spec, 'none'), 'beside none: only the reason stands');
const undo = z.union([none, undoAction], 'say how it is undone, or write none: with the reason alone').optional();

export const stepSchema = z
  .strictObject({
    ...baseStep,
    do: adapterSpec.optional(),
    hold: durationText.optional(),
    gate: z
      .strictObject({ role: nameSchema, minimum: z.int().min(1).max(20).default(1), within: durationText.optional() })
      .optional(),
    manual: z
      .strictObject({ instructions: freeTextSchema(2000), role: nameSchema, within: durationText.optional() })
      .optional(),
    undo,
    done: adapterSpec.optional(),
    verify: checksOrNone.optional(),
    /** Keys of the configuration that it changes, each as `source/key`. */
    changes: z.array(z.string().min(1).max(200)).min(1).max(50).optional(),
    retry: z
      .strictObject({
        attempts: z.int().min(1).max(10),
        backoff: durationText.default('1s'),
        idempotent: z.boolean().default(false),
      })
      .optional(),
    revertible: z.literal(false).optional(),
    reason: reason.optional(),
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

export const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string'),
    default: parameterStringSchema.optional(),
    options: z.array(parameterStringSchema).min(1).max(50).optional(),
  }),
  z.strictObject({
    type: z.literal('duration'),
    default: plainDuration.optional(),
    minimum: plainDuration.optional(),
    maximum: plainDuration.optional(),
  }),
  z.strictObject({
    type: z.literal('integer'),
    default: z.int().optional(),
    minimum: z.int().optional(),
    maximum: z.int().optional(),
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
  .refine((keys) => Object.keys(keys).length <= 20, 'a slot has at most 20 keys')
  .refine((keys) => !Object.hasOwn(keys, 'name'), {
    path: ['name'],
    message: 'the key name is taken: it gives the name of the slot',
  });

const slotsSchema = z
  .record(nameSchema, slotKeys)
  .refine((slots) => Object.keys(slots).length === 2, 'name exactly two slots');

/** What one environment has of its own: what `${env.<name>}` means there, and its slots, if not those of all. */
const environmentSchema = z.strictObject({
  values: plainValues
    .refine((values) => Object.keys(values).length <= 50, 'an environment has at most 50 values')
    .default({}),
  slots: slotsSchema.optional(),
});

/** A file in a repository of the policy that documents what serves. */
const documentSchema = z
  .strictObject({
    repository: nameSchema,
    path: z.string().min(1).max(300),
    /** Of the markers that it stands between; `release` when absent. */
    block: nameSchema.optional(),
    /** The record itself, as a file in the folder `path`. */
    record: z.literal(true).optional(),
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
    id: nameSchema,
    keys: z
      .array(z.union([configurationKey, z.strictObject({ key: configurationKey, secret: z.literal(true) })]))
      .min(1)
      .max(50),
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
  gantry: z.literal(1),
  procedure: nameSchema,
  description: freeTextSchema(500),
  parameters: z.record(nameSchema, parameterSchema).default({}),
  files: z.array(fileName).max(50).default([]),
  /** Where it may be used, and what differs there; absent: nothing does. */
  environments: z
    .record(nameSchema, environmentSchema)
    .refine(
      (environments) => Object.keys(environments).length > 0 && Object.keys(environments).length <= 10,
      'name at least one environment, and at most 10',
    )
    .meta({ minProperties: 1, maxProperties: 10 })
    .optional(),
  slots: slotsSchema.optional(),
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
    }),
  health: checks,
  validation: z.strictObject({
    smoke: checks,
    performance: checksOrNone,
    integrations: checksOrNone,
    features: checksOrNone,
  }),
  rollback: z.strictObject({ verify: checks, settle: durationText.optional() }),
  documents: z.array(documentSchema).max(20).optional(),
  configuration: z.array(configurationSchema).max(10).optional(),
  monitoring: z.strictObject({
    period: durationText,
    handoff: z.strictObject({ role: nameSchema, within: durationText }).optional(),
  }),
});
export type ProcedureDocument = z.infer<typeof procedureSchema>;
