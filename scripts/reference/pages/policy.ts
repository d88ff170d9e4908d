import { policyJsonSchema } from '../editor-schemas.ts';
import { fieldsOf } from '../fields.ts';
import { legend, page, type Section, sectionText } from '../markdown.ts';

/** Everything that a policy may say, table by table. */
export function policySections(): readonly Section[] {
  const schema = policyJsonSchema();
  const environments = schema.properties?.['environments']?.additionalProperties;
  const environment = typeof environments === 'object' ? environments : {};
  return [
    {
      title: 'Fields',
      says: 'Of the file.',
      fields: fieldsOf(schema, new Map([['environments.<name>', 'environment']])),
    },
    {
      title: 'Environments',
      says: 'Of each of `environments`.',
      fields: fieldsOf(environment, new Map([['stakeholders[]', 'stakeholder']])),
    },
    {
      title: 'Stakeholders',
      says: 'Of each of `stakeholders`: a name, what it hears of, and one way or several to tell it. [Notifications](../notifications.md) explains events and ways.',
      fields: fieldsOf(environment.properties?.['stakeholders']?.items ?? {}),
    },
  ];
}

/** `policy.md`. */
export const policyPage = () =>
  page(
    'Policy',
    'The policy is one YAML file on the server, which `GANTRY_POLICY` names: who people are, and what a change to each environment needs. [The policy](../policy.md) explains how it counts; `gantry policy check` says what a file means, and [the shop](../../examples/shop/policy.yaml) has a whole one.',
    legend,
    ...policySections().map(sectionText),
  );
