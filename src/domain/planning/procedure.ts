import { z } from 'zod';
import { jsonSchema } from '../base/json-schema.ts';
import { means } from '../base/means.ts';
import { freeTextSchema, nameSchema } from '../base/text-schemas.ts';
import { checks, validationSchema } from './check-lists.ts';
import { durationText } from './document-parts.ts';
import { parameterSchema } from './parameters.ts';
import { maxSteps } from './plan-size.ts';
import { stepSchema } from './step-document.ts';

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
    .max(maxSteps)
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
  validation: validationSchema.meta(means('Checks once all steps are done; one that fails rolls back')),
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
