import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '../system/write-whole.ts';

/** Where a `gantry dev` is. */
export interface Endpoints {
  readonly api: string;
  readonly temporal: string;
  /** Null when the server is not ours: its page is unknown. */
  readonly temporalUi: string | null;
}

const fileIn = (data: string) => join(data, 'endpoints.json');

/** Keeps them in the folder of `gantry dev`, for people, programs and its next start. */
export async function writeEndpoints(data: string, endpoints: Endpoints): Promise<void> {
  await writeWhole(fileIn(data), `${JSON.stringify(endpoints, null, 2)}\n`, { replace: true });
}

/** Where the `gantry dev` of a folder is, or was; null where none ever ran. */
export async function readEndpoints(data: string): Promise<Endpoints | null> {
  const text = await readFile(fileIn(data), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Endpoints);
}
