import { z } from 'zod';

type Leaf = string | number | boolean | null | undefined;
type IsOptional<T, Key extends keyof T> = {} extends Pick<T, Key> ? true : false;
/** A type as its JSON looks: neither `readonly` nor how it is put together counts; optional is another thing than there. */
type Shape<T> = unknown extends T
  ? unknown
  : T extends Leaf
    ? T
    : T extends readonly (infer Item)[]
      ? Shape<Item>[]
      : {
          // What is left open says nothing.
          -readonly [Key in keyof T as string extends Key ? (unknown extends T[Key] ? never : Key) : Key]-?: IsOptional<
            T,
            Key
          > extends true
            ? { readonly optional: Shape<Exclude<T[Key], undefined>> }
            : Shape<T[Key]>;
        };
type Implies<A, B> = [Shape<A>] extends [Shape<B>] ? true : false;

type Listed<T> = T extends readonly (infer Item)[] ? readonly Item[] : T;
/** What a schema describes, as code hands it on. */
export type Answer<Schema extends z.ZodType> = {
  readonly [Key in keyof z.output<Schema>]: Listed<z.output<Schema>[Key]>;
};

/** A schema under a name of its own in the document, with what it is. */
function named<Schema extends z.ZodType>(name: string, description: string, schema: Schema): Schema {
  z.globalRegistry.add(schema, { id: name, description });
  return schema;
}

/** What is answered and has no type of its own in the domain. */
export function answer<Schema extends z.ZodType>(
  name: string,
  description: string,
  schema: Schema,
): z.ZodType<Answer<Schema>> {
  return named(name, description, schema) as unknown as z.ZodType<Answer<Schema>>;
}

/** What is answered as the domain has it: where schema and `T` differ in anything, it does not compile. */
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

/** The same for what is too large to be said twice: the schema says a part of `T`, and nothing that is not so. */
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
  return named(name, 'A page of a list', z.object({ items: z.array(item), next }));
}
