import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { GantryError } from '../../domain/base/errors.ts';
import { means } from '../../domain/base/means.ts';
import { freeTextSchema, nameSchema } from '../../domain/base/text-schemas.ts';
import { parameterStringSchema } from '../../domain/planning/parameters.ts';
import { excerpt } from '../render/excerpt.ts';

/** What a repository says of its deployments, in its `gantry.yaml`; options of the command line win over it. */
export const projectSchema = z.strictObject({
  service: nameSchema.optional().meta(means('What is deployed; `--service` wins', 'shop')),
  environment: nameSchema.optional().meta(means('Where to; `--environment` wins', 'production')),
  procedure: nameSchema
    .optional()
    .meta(means('By which procedure of the server; `--procedure` wins', 'shop-blue-green')),
  parameters: z
    .record(nameSchema, z.union([parameterStringSchema, z.int()]))
    .optional()
    .meta(means('Values of its parameters; each `--param` wins over its own', { hold: '30s' })),
  change: z
    .strictObject({
      type: z
        .enum(['standard', 'normal', 'emergency'])
        .optional()
        .meta(means('Of which type changes are; `--type` wins; absent: `normal`', 'normal')),
      risk: z.enum(['low', 'medium', 'high']).optional().meta(means('How risky they are; `--risk` wins', 'low')),
      impact: freeTextSchema(300)
        .optional()
        .meta(means('What they may do to others; `--impact` wins', 'checkout is slower for a minute')),
    })
    .optional()
    .meta(means('What is the same for every change')),
});
export type Project = z.infer<typeof projectSchema>;

const maxBytes = 64 * 1024;

/** Reads a `gantry.yaml`; null where there is none. Throws `malformed-yaml` with line, column and the line itself. */
export async function readProject(file: string): Promise<Project | null> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw new GantryError('invalid-config', `${file} cannot be read (${cause.code ?? cause.message}).`, { cause });
  });
  return text === null ? null : parseProject(text, file);
}

/** Parses the text of a `gantry.yaml`, which messages call `name`. Throws as {@link readProject} does. */
export function parseProject(text: string, name: string): Project {
  if (text.length > maxBytes) throw new GantryError('too-large', `${name} is larger than ${maxBytes} bytes.`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, merge: false, version: '1.2' });
  const refuse = (offset: number, detail: string): never => {
    const { line, col } = lines.linePos(offset);
    throw new GantryError('malformed-yaml', `${name}:${line}:${col}: ${detail}\n${excerpt(text, line, col)}`);
  };
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) return refuse(fault.pos[0], fault.message.split('\n')[0]?.replace(/ at line \d.*$/, '') ?? 'not YAML');
  // They could make much of little, and nobody needs them here.
  visit(document, { Alias: (_, { range }) => refuse(range?.[0] ?? 0, 'aliases are not taken') });
  const read = projectSchema.safeParse(document.toJS() ?? {});
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = (issue?.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue?.path) ?? [];
  const where = path.length === 0 ? '' : `${path.join('.')}: `;
  return refuse(offsetOf(document, path), `${where}${issue?.message ?? 'not what it should be'}`);
}

function offsetOf(document: ReturnType<typeof parseDocument>, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const range = node !== null && typeof node === 'object' && 'range' in node ? (node.range as number[] | null) : null;
    if (range?.[0] !== undefined) return range[0];
  }
  return 0;
}
