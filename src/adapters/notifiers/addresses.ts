import { z } from 'zod';
import { namePattern } from '../../domain/base/names.ts';
import type { SecretReader } from '../../domain/kinds/adapter.ts';
import { isLoopback } from '../../system/loopback.ts';
import { urlSchema } from '../http/specs.ts';

const reference = /^\$\{secret:([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\}$/;

/** `${secret:name}` and nothing beside it. */
export const secretSchema = z.string().regex(reference, `write \${secret:name}`);

/** The name of a secret, and a secret by reference: both mean the same. */
export const secretNameSchema = z
  .string()
  .regex(namePattern, 'write the name of a secret')
  .transform((name) => `\${secret:${name}}`)
  .or(secretSchema);

/** Where something is posted to: https, in the clear on loopback only. */
const addressSchema = urlSchema.superRefine((text, context) => {
  const fault = addressFault(text);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});

/** The same, or a secret that holds it: everybody who knows the address of a chat can write there. */
export const hookSchema = secretSchema.or(addressSchema);

function addressFault(text: string): string | null {
  if (!URL.canParse(text)) return 'write an https URL';
  const { protocol, hostname } = new URL(text);
  if (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) return null;
  return 'write an https URL: http is for loopback only';
}

/** How a record names an address: its host, or the secret that holds it, never its path. */
export function placeOf(address: string): string {
  const secret = reference.exec(address)?.[1];
  if (secret !== undefined) return `the address in secret ${secret}`;
  return URL.canParse(address) ? new URL(address).host : 'no address';
}

/** The address itself; null where a secret holds none that may be posted to. Throws `secret-missing`. */
export async function readAddress(address: string, secrets: SecretReader): Promise<string | null> {
  const { success, data } = addressSchema.safeParse((await secrets.expand(address)).trim());
  return success ? data : null;
}
