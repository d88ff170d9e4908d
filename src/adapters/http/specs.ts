import { z } from 'zod';
import { GantryError } from '../../domain/base/errors.ts';
import type { JsonObject } from '../../domain/base/json.ts';
import { means } from '../../domain/base/means.ts';
import { word } from '../../domain/kinds/describe.ts';
import { checkHost } from './refused-addresses.ts';

/** An http(s) URL without credentials, to an address that may be reached. */
export const urlSchema = z
  .string()
  .max(2048)
  .superRefine((text, context) => {
    const fault = (message: string) => context.addIssue({ code: 'custom', message });
    if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return fault('write an http or https URL');
    const url = new URL(text);
    if (url.username !== '' || url.password !== '') return fault('a URL holds no credentials');
    const path = text.replace(/^https?:\/\/[^/?#\\]*/, '');
    if (path !== '' && path !== url.pathname + url.search)
      return fault(
        `it would be sent as ${JSON.stringify((url.pathname + url.search).slice(0, 200))}: write it so, without . and .. between slashes, without a fragment, and with % for what a URL does not hold`,
      );
    try {
      checkHost(url.hostname);
    } catch (error) {
      if (!(error instanceof GantryError)) throw error;
      context.addIssue({ code: 'custom', params: { code: error.code }, message: error.message });
    }
  })
  .meta({ pattern: '^https?://', examples: ['https://shop.example/health'] });

const status = z.int().min(100).max(599);
export const statusSchema = z
  .union([status, z.array(status).min(1).max(20)], 'write a status or a list of them')
  .meta(means('The status that the answer must have, or several; absent: any 2xx', 200));

export const headersSchema = z
  .record(
    z
      .string()
      .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'write the name of a header')
      .refine(
        (name) => !/^(host|content-length|transfer-encoding|connection|idempotency-key|gantry-.*)$/i.test(name),
        'this header is not for procedures to set',
      ),
    z
      .string()
      .max(4096)
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'a header is one line'),
  )
  .meta(means('Headers of the request', { authorization: 'Bearer ${secret:shop-token}' }));

/** The statuses that were written, one or a list of them. */
export function statuses(written: z.infer<typeof statusSchema> | undefined): readonly number[] {
  return written === undefined ? [] : typeof written === 'number' ? [written] : written;
}

/** The statuses that an answer may have, in words. */
export function expectedStatus({ status }: JsonObject): string {
  return `status ${status === undefined ? '2xx' : word(status)}`;
}

/** Whether a status is one that was asked for: the given ones, or any 2xx. */
export function isWanted(got: number, wanted: z.infer<typeof statusSchema> | undefined): boolean {
  if (wanted === undefined) return got >= 200 && got < 300;
  return statuses(wanted).includes(got);
}
