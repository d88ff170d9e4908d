import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { type Findings, fault, ok, warning } from './finding.ts';

/** Whether files with secrets are readable by their owner (and group) alone. */
export async function secretFindings({ secrets, credentials, temporal }: Config): Promise<Findings> {
  const named = [...credentials.files, ...(temporal.tls?.clientKey ? [temporal.tls.clientKey] : [])];
  if (secrets === null && named.length === 0) return [ok('secrets', 'No file with a secret is configured.')];
  const inFolder = secrets === null ? [] : await readdir(secrets, { withFileTypes: true }).catch(() => null);
  if (inFolder === null)
    return [
      warning('secrets', `The folder of secrets ${secrets} cannot be read.`, 'mend GANTRY_SECRETS, or make the folder'),
    ];
  // A mounted secret is a link to where its present version lies.
  const files = [
    ...named,
    ...inFolder.filter((one) => !one.isDirectory()).map(({ name }) => join(secrets ?? '', name)),
  ];
  const open: string[] = [];
  for (const file of files) {
    const mode = (await stat(file).catch(() => null))?.mode ?? 0;
    if ((mode & 0o007) !== 0) open.push(file);
  }
  if (open.length === 0) return [ok('secrets', `${files.length} files with secrets: nobody else may read them.`)];
  return open.map((file) =>
    fault('secrets', `${file} holds a secret, and every user of this machine may read it.`, `chmod 600 ${file}`),
  );
}
