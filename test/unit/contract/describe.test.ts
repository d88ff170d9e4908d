import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { answer, answerOf, partOf } from '../../../src/contract/describe.ts';
import { faultOf } from '../../support/checked-answers.ts';

interface Thing {
  readonly name: string;
  readonly state: 'on' | 'off';
  readonly parts: readonly { readonly id: number }[];
  readonly note?: string;
}
const name = z.string();
const state = z.enum(['on', 'off']);
const parts = z.array(z.object({ id: z.int() }));
const note = z.string().optional();

describe('a schema of what the domain has', () => {
  it('compiles where it is the same, and has the domain’s type', () => {
    const schema = answerOf<Thing>()('TestThing', 'A thing', z.object({ name, state, parts, note }));
    expectTypeOf<z.output<typeof schema>>().toEqualTypeOf<Thing>();
    expect(z.globalRegistry.get(schema)).toMatchObject({ id: 'TestThing', description: 'A thing' });
  });

  it('does not compile where either has more, or something else', () => {
    const check = answerOf<Thing>();
    expect([
      // @ts-expect-error A member is missing.
      check('TestWithoutName', '', z.object({ state, parts, note })),
      // @ts-expect-error An optional member is missing.
      check('TestWithoutNote', '', z.object({ name, state, parts })),
      // @ts-expect-error What may be absent is said to be there.
      check('TestNoteNeeded', '', z.object({ name, state, parts, note: z.string() })),
      // @ts-expect-error What is there is said to be absent at times.
      check('TestNameOptional', '', z.object({ name: name.optional(), state, parts, note })),
      // @ts-expect-error There is more than the domain has.
      check('TestWithMore', '', z.object({ name, state, parts, note, more: z.string().optional() })),
      // @ts-expect-error A state that the domain has is missing.
      check('TestFewerStates', '', z.object({ name, state: z.enum(['on']), parts, note })),
      // @ts-expect-error A state that the domain does not have.
      check('TestMoreStates', '', z.object({ name, state: z.enum(['on', 'off', 'idle']), parts, note })),
      // @ts-expect-error A member of a member is another one.
      check('TestOtherParts', '', z.object({ name, state, parts: z.array(z.object({ id: z.string() })), note })),
    ]).toHaveLength(8);
  });

  it('may be a part, without contradictions', () => {
    const check = partOf<Thing>();
    expect([
      check('TestPart', '', z.looseObject({ name, parts: z.array(z.looseObject({})) })),
      // @ts-expect-error It has no such member.
      check('TestPartWithMore', '', z.looseObject({ name, more: z.string() })),
      // @ts-expect-error It has more states.
      check('TestPartFewerStates', '', z.looseObject({ state: z.enum(['on']) })),
    ]).toHaveLength(3);
  });
});

describe('an answer that a test holds against its schema', () => {
  const schema = answer('TestAnswer', '', z.object({ name, parts }));

  it('is as declared', () => expect(faultOf(schema, { name: 'a', parts: [{ id: 1 }] })).toBeNull());

  it('is refused with what it lacks', () => expect(faultOf(schema, { parts: [] })).toMatch(/expected string.*name/));

  it('is refused with what is not declared', () => {
    expect(faultOf(schema, { name: 'a', parts: [{ id: 1, secret: 2 }] })).toBe(
      'of that only {"name":"a","parts":[{"id":1}]} is declared',
    );
  });
});
