import type { Json } from './json.ts';

/** What a field means, and examples of it where its kind has no good one: shown by the reference and by editors. */
export const means = (description: string, ...examples: readonly Json[]) => ({
  description,
  ...(examples.length === 0 ? {} : { examples: [...examples] }),
});
