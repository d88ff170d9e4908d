import { describe, expect, it } from 'vitest';
import { findingsOf, toPointer } from '../../../../src/domain/base/refuse.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { procedureSchema } from '../../../../src/domain/planning/procedure.ts';
import { procedureWithStandIns } from '../../../../src/domain/planning/procedure-with-stand-ins.ts';
import { planningInput, procedureDocument, procedureOfTwo } from '../planning-input.ts';

type Path = readonly PropertyKey[];

/** Every place of a document. */
function* placesIn(value: unknown, path: Path = []): Generator<Path> {
  if (path.length > 0) yield path;
  if (value === null || typeof value !== 'object') return;
  for (const [key, member] of Object.entries(value))
    yield* placesIn(member, [...path, Array.isArray(value) ? Number(key) : key]);
}

/** The document with one place replaced, or taken out. */
function broken(whole: unknown, path: Path, value?: unknown): unknown {
  const document: unknown = structuredClone(whole);
  const parent = path.slice(0, -1).reduce<unknown>((at, key) => Reflect.get(at as object, key), document) as object;
  const key = path.at(-1) ?? '';
  if (value === undefined && Array.isArray(parent)) parent.splice(Number(key), 1);
  else if (value === undefined) Reflect.deleteProperty(parent, key);
  else Reflect.set(parent, key, value);
  return document;
}

/** What planning finds beside what the schema has found. */
function foundBeside(written: unknown): readonly string[] | null {
  const { document, replaced } = procedureWithStandIns(written);
  if (!document) return null;
  const found = findingsOf(() => freezePlan({ ...planningInput(), procedure: document, replaced }));
  return found.map(({ pointer, detail }) => `${pointer}: ${detail}`);
}

describe.each([
  ['of one environment', procedureDocument(), ['files', 'parameters', 'slots']],
  ['of two', procedureOfTwo(), ['environments', 'files', 'parameters', 'slots']],
])('a procedure %s that its schema refuses in one place', (_, whole, meaning) => {
  const cases = [...placesIn(whole)].flatMap((path) =>
    [7, {}, undefined].flatMap((value) => {
      const written = broken(whole, path, value);
      if (procedureSchema.safeParse(written).success) return [];
      return [
        { where: `${toPointer(path)} = ${JSON.stringify(value)}`, part: String(path[0]), found: foundBeside(written) },
      ];
    }),
  );

  it('reports no fault of a part that has none', () => {
    expect(cases.length).toBeGreaterThan(100);
    expect(cases.filter(({ found }) => found !== null && found.length > 0)).toEqual([]);
  });

  it('is planned all the same, unless the meaning of references is lost', () => {
    const given = cases.filter(({ found }) => found === null).map(({ part }) => part);
    expect([...new Set(given)].toSorted()).toEqual(meaning);
  });
});

it('a procedure without a monitoring period gets no fault for a health check that is too slow for it', () => {
  const document = procedureDocument();
  const slow = { id: 'slow', http: 'http://127.0.0.1:4000/', interval: '2h' };
  expect(foundBeside({ ...document, health: [...document.health, slow], monitoring: {} })).toEqual([]);
});
