import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GantryError } from '../../domain/base/errors.ts';

/** Options that name an artifact. */
export interface ArtifactOptions {
  readonly image?: string | undefined;
  readonly file?: string | undefined;
  readonly digest?: string | undefined;
  readonly uri?: string | undefined;
}

/** The artifact that exactly one of the options names, with where it is. Throws `malformed`. */
export async function artifactOf({ image, file, digest, uri }: ArtifactOptions) {
  if (countOf(image, file, digest) !== 1)
    throw new GantryError(
      'malformed',
      'Name the artifact once: --image REF@sha256:…, --file FILE, or --digest sha256:… with --uri.',
    );
  if (image !== undefined) return { uri: uri ?? image, digest: digestOfImage(image) };
  if (file !== undefined) return { uri: uri ?? `file:${basename(file)}`, digest: await digestOfFile(file) };
  if (uri === undefined) throw new GantryError('malformed', '--digest needs --uri: where the artifact is.');
  return { uri, digest: digest ?? '' };
}

/** The digest of the artifact that exactly one of the options names. Throws `malformed`. */
export async function digestOfArtifact({ image, file, digest }: ArtifactOptions): Promise<string> {
  if (countOf(image, file, digest) !== 1)
    throw new GantryError(
      'malformed',
      'Name the artifact once: --artifact sha256:…, --image REF@sha256:…, or --file FILE.',
    );
  if (image !== undefined) return digestOfImage(image);
  return file === undefined ? (digest ?? '') : digestOfFile(file);
}

const countOf = (...given: readonly (string | undefined)[]) => given.filter((one) => one !== undefined).length;

function digestOfImage(image: string): string {
  const [, digest] = /@(sha256:[0-9a-f]{64})$/.exec(image) ?? [];
  if (digest !== undefined) return digest;
  throw new GantryError('malformed', `--image ${image} has no digest: a tag may be moved, so write name@sha256:….`);
}

/** The digest of a file's bytes, `sha256:…`. Throws `malformed` where it cannot be read. */
async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash).catch((cause: NodeJS.ErrnoException) => {
    throw new GantryError('malformed', `--file ${file} cannot be read (${cause.code ?? cause.message}).`, { cause });
  });
  return `sha256:${hash.digest('hex')}`;
}
