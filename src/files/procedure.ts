import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestOf, digestOfJson } from '../domain/base/canonical-json.ts';
import { type ErrorIssue, GantryError } from '../domain/base/errors.ts';
import { parseWith } from '../domain/base/issues.ts';
import { besides, refuse } from '../domain/base/refuse.ts';
import type { Patched } from '../domain/base/stand-ins.ts';
import { nameSchema } from '../domain/base/text-schemas.ts';
import { type ProcedureDocument, procedureSchema } from '../domain/planning/procedure.ts';
import { procedureWithStandIns } from '../domain/planning/procedure-with-stand-ins.ts';
import type { LoadedProcedure, ProcedureFiles, ProcedureSource } from '../domain/planning/source-ports.ts';
import { codeOf } from '../system/error-code.ts';
import { maxOfProcedure, parsePlainYaml, readText } from './yaml.ts';

/** A file of a procedure is at most this large: 64 MiB. */
const fileLimitBytes = 64 * 1024 * 1024;

/** The procedures in a folder, one folder each, read anew whenever they are asked for. Throws `invalid-config` without the folder. */
export async function openProcedures(folder: string): Promise<ProcedureSource & ProcedureFiles> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw new GantryError('invalid-config', `There is no folder of procedures at ${folder}.`, { cause });
  });
  const parsed = rememberParsed();
  return {
    find: (name) => load(root, name, parsed),
    async names() {
      const entries = await readdir(root, { withFileTypes: true });
      return entries
        .flatMap((one) => (one.isDirectory() && nameSchema.safeParse(one.name).success ? [one.name] : []))
        .toSorted();
    },
    folderOf: (name) => join(root, nameSchema.parse(name)),
    async digestOf(name, path) {
      try {
        return await digestOfFile(await realpath(join(root, nameSchema.parse(name))), path, '/files');
      } catch (error) {
        if (isAbsence(error)) return null;
        throw error;
      }
    },
  };
}

/** Nothing is there, or not a plain file; other errors do not show whether there is one. */
function isAbsence(error: unknown): boolean {
  if (error instanceof GantryError) return error.cause === undefined || isAbsence(error.cause);
  return ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
}

type Parse = (name: string, text: string) => ProcedureDocument;

/** Each request reads the file of its procedure, and most find what the one before has parsed. */
function rememberParsed(): Parse {
  const known = new Map<string, { readonly text: string; readonly document: ProcedureDocument }>();
  return (name, text) => {
    const before = known.get(name);
    if (before?.text === text) return before.document;
    const parsed = parsePlainYaml(text, `procedure ${name}`, { at: ['procedure'], max: maxOfProcedure });
    const document = parseWith(procedureSchema, parsed, 'invalid-procedure', ['procedure']);
    known.set(name, { text, document });
    return document;
  };
}

async function load(root: string, name: string, parse: Parse): Promise<LoadedProcedure> {
  const unknown = (cause?: unknown) =>
    new GantryError('unknown-procedure', `There is no procedure ${JSON.stringify(name.slice(0, 80))}.`, {
      pointer: '/procedure',
      cause,
    });
  if (!nameSchema.safeParse(name).success) throw unknown();
  const folder = await inside(root, name, unknown);
  const text = await readText(await inside(folder, 'procedure.yaml', unknown), 'unknown-procedure');
  const document = parse(name, text);
  const { issues, ...rest } = await lookAround(folder, name, document);
  if (issues.length > 0) refuse(issues);
  return { document, ...rest, digest: digestOfJson({ document: digestOf(text), files: rest.files }) };
}

/** What lies beside a document in its folder, with everything that is wrong with that. */
async function lookAround(
  folder: string,
  name: string,
  { procedure, files: paths }: Pick<ProcedureDocument, 'procedure' | 'files'>,
): Promise<Pick<LoadedProcedure, 'files' | 'notExecutable'> & { readonly issues: readonly ErrorIssue[] }> {
  const issues: ErrorIssue[] = [];
  if (procedure !== name)
    issues.push({
      pointer: '/procedure/procedure',
      code: 'invalid-procedure',
      detail: `the folder is ${name}, the document says ${procedure}: a procedure has the name of its folder`,
    });
  const files: { path: string; digest: string }[] = [];
  const notExecutable: string[] = [];
  for (const [i, path] of paths.entries()) {
    const pointer = `/procedure/files/${i}`;
    try {
      files.push({ path, digest: await digestOfFile(folder, path, pointer) });
      if (((await stat(join(folder, path))).mode & 0o111) === 0) notExecutable.push(path);
    } catch (error) {
      if (!(error instanceof GantryError)) throw error;
      issues.push({ pointer, code: 'invalid-procedure', detail: error.message });
      files.push({ path, digest: '' });
    }
  }
  return { issues, files, notExecutable };
}

/** A procedure as far as it can be planned, with everything that is wrong with it so far. */
export interface ReadProcedure extends Omit<LoadedProcedure, 'document'>, Patched<ProcedureDocument> {}

/** Reads the document `text` of a procedure and what lies beside it, for its author. Throws `malformed-yaml`, `too-large`. */
export async function readProcedure(folder: string, text: string): Promise<ReadProcedure> {
  const name = basename(folder);
  const written = parsePlainYaml(text, `procedure ${name}`, { at: ['procedure'], max: maxOfProcedure });
  const { document, issues, replaced } = procedureWithStandIns(written);
  const root = await realpath(folder);
  const around = await lookAround(root, name, document ?? { procedure: name, files: [] });
  const digest = digestOfJson({ document: digestOf(text), files: around.files });
  return { ...around, document, written, digest, replaced, issues: [...issues, ...besides(issues, around.issues)] };
}

/** The real path of something in a folder. Throws what `missing` gives when it is not there or a link leads out. */
async function inside(folder: string, path: string, missing: (cause?: unknown) => GantryError): Promise<string> {
  const real = await realpath(join(folder, path)).catch((cause: unknown) => {
    throw missing(cause);
  });
  if (!real.startsWith(folder + sep)) throw missing();
  return real;
}

async function digestOfFile(folder: string, path: string, pointer: string): Promise<string> {
  const fault = (detail: string) => (cause?: unknown) =>
    new GantryError('invalid-procedure', `${path} ${detail}`, { pointer, cause });
  const real = await inside(folder, path, fault('is not a file inside the folder of the procedure.'));
  const found = await stat(real);
  if (!found.isFile()) throw fault('is not a plain file.')();
  if (found.size > fileLimitBytes) throw fault(`is larger than ${fileLimitBytes} bytes.`)();
  const hash = createHash('sha256');
  await pipeline(createReadStream(real), hash);
  return `sha256:${hash.digest('hex')}`;
}
