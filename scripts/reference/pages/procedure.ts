import { procedureJsonSchema } from '../editor-schemas.ts';
import { fieldsOf } from '../fields.ts';
import type { JsonSchema } from '../json-schema.ts';
import { actionKinds, actionOptions, checkKinds, checkOptions, undoOptions } from '../kinds.ts';
import { legend, page, type Section, sectionText } from '../markdown.ts';

const objectOf = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []): JsonSchema => ({
  type: 'object',
  properties,
  required,
});

/** Everything that a procedure may say, table by table. */
export function procedureSections(): readonly Section[] {
  const schema = procedureJsonSchema();
  const step = schema.properties?.['steps']?.items ?? {};
  const { timeout, ...sampling } = checkOptions;
  return [
    { title: 'Fields', says: 'Of `procedure.yaml`.', fields: fieldsOf(schema, new Map([['steps[]', 'step']])) },
    {
      title: 'Steps',
      says: 'Of each of `steps`. Exactly one of `do`, `hold`, `gate` and `manual` stands in it; a `do` has a `verify`, and a `do` or a `manual` an `undo` or `revertible: false`.',
      fields: fieldsOf(step),
    },
    {
      title: 'Actions',
      says: 'An action is one of these kinds: its key, and its options beside it. It stands in `do` and in `undo`.',
      fields: [],
    },
    ...actionKinds.map(({ kind, schema: own }) => ({
      title: `Action: ${kind}`,
      level: 3,
      says: '',
      fields: fieldsOf(own),
    })),
    {
      title: 'Beside an action',
      level: 3,
      says: '`attempts` stands in `undo` only; there `timeout` is 30s when absent.',
      fields: fieldsOf(objectOf({ ...undoOptions, ...actionOptions })),
    },
    {
      title: 'Checks',
      says: 'A check is one of these kinds in the same way. It stands in `verify`, `done`, `health`, `validation` and `rollback.verify`.',
      fields: [],
    },
    ...checkKinds.map(({ kind, schema: own }) => ({
      title: `Check: ${kind}`,
      level: 3,
      says: '',
      fields: fieldsOf(own),
    })),
    {
      title: 'Beside a check',
      level: 3,
      says: [
        '`id` stands everywhere but in `done`. `within`, `count` and `consecutiveSuccessLimit` have no meaning in `health`, which goes on until the deployment ends; `window` and `atStart` have none anywhere else.',
        'In `done` no limit counts, and nowhere `count` or another limit beside `within`. `availability` samples at its own `rate`: in `health` it has no `interval` and no `consecutiveErrorLimit`. `prometheus` stands neither in `done` nor in `rollback.verify`.',
      ].join('\n'),
      fields: fieldsOf(objectOf({ ...sampling, timeout: timeout ?? {} }, ['id'])),
    },
  ];
}

/** `procedure.md`. */
export const procedurePage = () =>
  page(
    'Procedure',
    'A procedure is a folder with a `procedure.yaml` and the files that its commands run. [Writing a procedure](../writing-a-procedure.md) shows one that is whole and explains how its parts work together; [the shop](../../examples/shop/procedures/shop-blue-green/procedure.yaml) has one with slots.',
    `${legend} References such as \`\${release}\` may stand in actions and checks in place of any value.`,
    ...procedureSections().map(sectionText),
  );
