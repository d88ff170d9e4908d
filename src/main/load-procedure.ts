import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { digestOf, digestOfJson } from '../domain/canonical-json.ts';
import { GantryError } from '../domain/errors.ts';
import { parseWith } from '../domain/issues.ts';
import { nameSchema } from '../domain/names.ts';
import { type ProcedureDocument, procedureSchema } from '../domain/planning/procedure.ts';
import { mostOfProcedure, parsePlainYaml, readText } from './load-yaml.ts';

/** A file of a procedure is at most this large: 64 MiB. */
const fileLimitBytes = 64 * 1024 * 1024;

export interface LoadedProcedure {
  readonly document: ProcedureDocument;
  /** The procedure's folder, with no symbolic link in it. */
  readonly folder: string;
  /** What the document lists in `files`, with the digests of the bytes as they are now. */
  readonly files: readonly { readonly path: string; readonly digest: string }[];
  /** Those of `files` that nobody may run. */
  readonly notExecutable: readonly string[];
  /** Digest of the document's bytes and of the files' digests. */
  readonly digest: string;
}

export interface ProcedureFolder {
  /** Throws `unknown-procedure`, `malformed-yaml`, `invalid-procedure` or `too-large`. */
  find(name: string): Promise<LoadedProcedure>;
  /** Where the commands of a procedure run. Its document is not read: it may have changed since it was planned. */
  folderOf(name: string): string;
  /** The digest of one of its files as it is now; null where there is no such plain file. Throws when it cannot tell. */
  digestOf(name: string, path: string): Promise<string | null>;
}

/** The procedures in a folder, one folder each, read anew whenever they are asked for. Throws `invalid-config` without the folder. */
export async function openProcedures(folder: string): Promise<ProcedureFolder> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw new GantryError('invalid-config', `There is no folder of procedures at ${folder}.`, { cause });
  });
  const parsed = rememberParsed();
  return {
    find: (name) => load(root, name, parsed),
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

/** Nothing is there, or not what we take for a file; anything else that goes wrong says nothing of the file. */
function isAbsence(error: unknown): boolean {
  if (error instanceof GantryError) return error.cause === undefined || isAbsence(error.cause);
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

type Parse = (name: string, text: string) => ProcedureDocument;

/** Each request reads the file of its procedure, and most find what the one before has parsed. */
function rememberParsed(): Parse {
  const known = new Map<string, { readonly text: string; readonly document: ProcedureDocument }>();
  return (name, text) => {
    const before = known.get(name);
    if (before?.text === text) return before.document;
    const parsed = parsePlainYaml(text, `procedure ${name}`, { at: ['procedure'], most: mostOfProcedure });
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
  if (document.procedure !== name)
    throw new GantryError('invalid-procedure', `The folder is ${name}, the document says ${document.procedure}.`, {
      pointer: '/procedure/procedure',
    });
  const files = await Promise.all(
    document.files.map(async (path, i) => ({
      path,
      digest: await digestOfFile(folder, path, `/procedure/files/${i}`),
    })),
  );
  const modes = await Promise.all(files.map(async ({ path }) => (await stat(join(folder, path))).mode));
  const notExecutable = document.files.filter((_, i) => ((modes[i] ?? 0) & 0o111) === 0);
  return { document, folder, files, notExecutable, digest: digestOfJson({ document: digestOf(text), files }) };
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
