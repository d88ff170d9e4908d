import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { GantryError } from '../../domain/base/errors.ts';
import { digestSchema } from '../../domain/base/text-schemas.ts';
import { readText } from '../api-client.ts';
import type { DeploymentRequest } from './build.ts';

/** What `gantry plan -o` writes: what was asked for, and the digest of the plan that it led to. */
const planFileSchema = z.strictObject({
  v: z.literal(1),
  planDigest: digestSchema,
  // What is wrong with it, the API says.
  request: z.record(z.string(), z.unknown()),
});

export async function writePlanFile(file: string, request: DeploymentRequest, planDigest: string): Promise<void> {
  const text = `${JSON.stringify({ v: 1, planDigest, request }, null, 2)}\n`;
  await writeFile(file, text).catch((cause: NodeJS.ErrnoException) => {
    throw new GantryError('invalid-config', `${file} cannot be written (${cause.code ?? cause.message}).`, { cause });
  });
}

/** The request of a plan file, which only its very plan fulfils. Throws `malformed`. */
export async function readPlanFile(file: string): Promise<DeploymentRequest> {
  const text = await readText(file, 'malformed');
  const read = planFileSchema.safeParse(parsed(text));
  if (!read.success) throw new GantryError('malformed', `${file} is not what gantry plan -o writes.`);
  return { ...read.data.request, planDigest: read.data.planDigest } as unknown as DeploymentRequest;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
