/** Anything JSON can say; what specs, bodies and references are made of. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** No document of Gantry's is nested deeper; one that is could exhaust the stack of whatever walks it. */
export const maxDepth = 64;
export const tooDeep = `nested deeper than ${maxDepth} levels`;

/** Parses JSON, of bytes in UTF-8 too; undefined where it is none. */
export function parseJson(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof text === 'string' ? text : new TextDecoder('utf-8', { fatal: true }).decode(text));
  } catch {
    return undefined;
  }
}
