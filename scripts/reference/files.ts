import { policyJsonSchema, procedureJsonSchema, projectJsonSchema } from './editor-schemas.ts';
import type { JsonSchema } from './json-schema.ts';
import { commandLinePage } from './pages/command-line.ts';
import { errorsPage } from './pages/errors.ts';
import { httpApiPage } from './pages/http-api.ts';
import { journalPage } from './pages/journal.ts';
import { policyPage } from './pages/policy.ts';
import { procedurePage } from './pages/procedure.ts';
import { recordPage } from './pages/record.ts';

/** A page of the reference. */
interface Page {
  readonly file: string;
  /** What it has, for the index. */
  readonly says: string;
  readonly text: () => string | Promise<string>;
}

const pages: readonly Page[] = [
  { file: 'procedure.md', says: 'every field of a procedure, of actions and of checks', text: procedurePage },
  { file: 'policy.md', says: 'every field of a policy, of its environments and of stakeholders', text: policyPage },
  { file: 'http-api.md', says: 'every route, with what it takes and answers', text: httpApiPage },
  {
    file: 'command-line.md',
    says: 'every verb with its options, exit codes, and `gantry.yaml`',
    text: commandLinePage,
  },
  { file: 'errors.md', says: 'every error by its code, and what to do', text: errorsPage },
  { file: 'journal.md', says: 'every entry of a journal', text: journalPage },
  { file: 'record.md', says: 'the record as JSON, part by part', text: recordPage },
];

/** What editors check files by, as the package and `gantry init` have it. */
export const editorSchemas: Readonly<Record<string, () => JsonSchema>> = {
  procedure: procedureJsonSchema,
  policy: policyJsonSchema,
  gantry: projectJsonSchema,
};

/** The files of the reference, by their path from the root of the repository. */
export async function referenceFiles(): Promise<ReadonlyMap<string, string>> {
  const written = await Promise.all(
    pages.map(async ({ file, text }) => [`docs/reference/${file}`, await text()] as const),
  );
  const forEditors = Object.entries(editorSchemas).map(
    ([name, schema]) => [`templates/schemas/${name}.schema.json`, `${JSON.stringify(schema(), null, 1)}\n`] as const,
  );
  return new Map([...written, ['docs/reference/README.md', index()], ...forEditors]);
}

function index(): string {
  const lines = pages.map(({ file, says }) => `- [${file.replace('.md', '')}](${file}): ${says}`);
  return `# Reference

What this version takes and answers, page by page. It is written by \`npm run reference\` from the schemas, commands and tables by which
Gantry itself works, and a test holds it to them. What these mean together is explained in the [documentation](../).

${lines.join('\n')}

Editors check the same while it is written, by the JSON Schemas of the package (\`templates/schemas\`): [what editors know](../writing-a-procedure.md#what-editors-know).
`;
}
