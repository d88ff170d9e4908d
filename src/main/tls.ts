import { readFile } from 'node:fs/promises';
import type { TLSConfig } from '@temporalio/client';
import type { TlsFiles } from '../config/config.ts';
import { GantryError } from '../domain/base/errors.ts';

/** Reads certificates and key. Throws `invalid-config` that names the file that cannot be read. */
export async function tlsOf(files: TlsFiles): Promise<TLSConfig> {
  const [serverRootCACertificate, crt, key] = await Promise.all(
    [files.serverCa, files.clientCertificate, files.clientKey].map(read),
  );
  return {
    ...(files.serverName === null ? {} : { serverNameOverride: files.serverName }),
    ...(serverRootCACertificate ? { serverRootCACertificate } : {}),
    ...(crt && key ? { clientCertPair: { crt, key } } : {}),
  };
}

async function read(file: string | null): Promise<Buffer | null> {
  if (file === null) return null;
  return readFile(file).catch((cause: unknown) => {
    throw new GantryError('invalid-config', `${file} cannot be read.`, { cause });
  });
}
