import { z } from 'zod';

type Leaf = string | number | boolean | null | undefined;
type IsOptional<T, Key extends keyof T> = {} extends Pick<T, Key> ? true : false;
/** The shape of a type's JSON, without `readonly`; optional members differ from required ones. */
type Shape<T> = unknown extends T
  ? unknown
  : T extends Leaf
    ? T
    : T extends readonly (infer Item)[]
      ? Shape<Item>[]
      : {
          // An index signature of unknown is left out.
          -readonly [Key in keyof T as string extends Key ? (unknown extends T[Key] ? never : Key) : Key]-?: IsOptional<
            T,
            Key
          > extends true
            ? { readonly optional: Shape<Exclude<T[Key], undefined>> }
            : Shape<T[Key]>;
        };
type Implies<A, B> = [Shape<A>] extends [Shape<B>] ? true : false;

type Listed<T> = T extends readonly (infer Item)[] ? readonly Item[] : T;
/** The type of a schema's answers, read-only. */
export type Answer<Schema extends z.ZodType> = {
  readonly [Key in keyof z.output<Schema>]: Listed<z.output<Schema>[Key]>;
};

/** Registers a schema's name and description for the document. */
function named<Schema extends z.ZodType>(name: string, description: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { id: name, description });
  return schema;
}

/** An answer without a type of its own in the domain. */
export function answer<Schema extends z.ZodType>(
  name: string,
  description: string,
  schema: Schema,
): z.ZodType<Answer<Schema>> {
  return named(name, description, schema) as unknown as z.ZodType<Answer<Schema>>;
}

/** An answer of the domain's type `T`: a schema that differs from it does not compile. */
export function answerOf<T>() {
  return <Schema extends z.ZodType>(
    name: string,
    description: string,
    schema: Schema &
      (Implies<z.output<Schema>, T> extends true
        ? Implies<T, z.output<Schema>> extends true
          ? unknown
          : { readonly lacksOrDiffersFrom: Shape<T> }
        : { readonly lacksOrDiffersFrom: Shape<T> }),
  ): z.ZodType<T> => named(name, description, schema as z.ZodType) as z.ZodType<T>;
}

/** The same for a schema of a part of `T`, where the whole is too large to repeat: a contradiction does not compile. */
export function partOf<T>() {
  return <Schema extends z.ZodType>(
    name: string,
    description: string,
    schema: Schema & (Implies<T, z.output<Schema>> extends true ? unknown : { readonly contradicts: Shape<T> }),
  ): z.ZodType<T> => named(name, description, schema as z.ZodType) as z.ZodType<T>;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}
/** A page of a list; `next` is the cursor of the page after it. */
export function listOf<Item>(name: string, item: z.ZodType<Item>): z.ZodType<Page<Item>> {
  const next = z.string().nullable().describe('The cursor of the next page; null: this is the last one');
  return named(name, 'A page of a list', z.object({ items: z.array(item).describe('The items of this page'), next }));
}
