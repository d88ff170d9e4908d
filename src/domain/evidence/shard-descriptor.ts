import { z } from 'zod';

/** A part of a run that several jobs share. */
export interface Shard {
  /** What all shards of one run name alike, and no other run. */
  readonly run: string;
  readonly shard: number;
  readonly of: number;
}

/** As many jobs share a run at most. */
export const maxShards = 100;

/** What is written for a shard, as words of a refusal. */
const form = '{ "name": "shard", "uri": "<the run>", "annotations": { "shard": 2, "of": 4 } }';

const shardSchema = z.object({
  name: z.literal('shard'),
  /** Printable and without the mark that a gate puts behind what counted. */
  uri: z.string().regex(/^[!-:<-~]{1,200}$/),
  annotations: z
    .object({ shard: z.int().min(1), of: z.int().min(1).max(maxShards) })
    .refine(({ shard, of }) => shard <= of),
});

/** A descriptor of `configuration`, as in-toto has it. */
export function shardDescriptor({ run, shard, of }: Shard) {
  return { name: 'shard', uri: run, annotations: { shard, of } };
}

export type ShardRead =
  | { readonly kind: 'whole' }
  | { readonly kind: 'shard'; readonly shard: Shard }
  | { readonly kind: 'unclear'; readonly index: number; readonly detail: string };

/**
 * Which part of a run the `configuration` of a statement names. Whatever speaks of shards in another form is unclear:
 * taken for a setting, one shard would pass for the whole run.
 */
export function shardIn(configuration: readonly Readonly<Record<string, unknown>>[]): ShardRead {
  let found: Shard | null = null;
  for (const [index, descriptor] of configuration.entries()) {
    if (!speaksOfShards(descriptor)) continue;
    const read = shardSchema.safeParse(descriptor);
    if (!read.success)
      return { kind: 'unclear', index, detail: `a shard is ${form}, of at most ${maxShards}, the run without spaces` };
    if (found) return { kind: 'unclear', index, detail: 'a statement is of one shard' };
    found = { run: read.data.uri, ...read.data.annotations };
  }
  return found ? { kind: 'shard', shard: found } : { kind: 'whole' };
}

function speaksOfShards(descriptor: Readonly<Record<string, unknown>>): boolean {
  const { name, annotations } = descriptor;
  const within = annotations !== null && typeof annotations === 'object' ? Object.keys(annotations) : [];
  const keys = [...Object.keys(descriptor), ...within];
  return keys.some((key) => /^shard/i.test(key)) || (typeof name === 'string' && /^shard[^a-z]*$/i.test(name.trim()));
}
