import type { PlannedConfiguration } from '../plan/configuration.ts';
import { type ProcedureDocument, repeated } from './procedure.ts';
import type { SpecReader } from './spec-reader.ts';

/** The configuration of a plan, and which step declares changes of which keys; null: the procedure names none. */
export function freezeConfiguration(
  { configuration = [], steps }: Pick<ProcedureDocument, 'configuration' | 'steps'>,
  read: SpecReader,
): PlannedConfiguration | null {
  const sources = configuration.map(({ id, keys, ...own }, i) => ({
    id,
    ...read.source(own, ['configuration', i]),
    keys: keys.map((key) => (typeof key === 'string' ? { key, secret: false } : { key: key.key, secret: true })),
  }));
  for (const { index, id } of repeated(sources))
    read.fault(['configuration', index, 'id'], `a source above has the id ${id} already: each has an id of its own`);
  sources.forEach(({ keys }, i) => {
    const path = ['configuration', i, 'keys'];
    for (const { index, id } of repeated(keys.map(({ key }) => ({ id: key }))))
      read.fault([...path, index], `the key ${id} stands above already`);
    const hidden = keys.filter(({ secret }) => secret);
    for (const { key } of keys.filter(({ secret }) => !secret))
      for (const { key: other } of hidden)
        if (other.startsWith(`${key}/`)) read.fault(path, `${key} would show ${other}, which is secret`);
        else if (key.startsWith(`${other}/`)) read.fault(path, `${key} is a part of ${other}, which is secret`);
  });
  const known = new Set(sources.flatMap(({ id, keys }) => keys.map(({ key }) => `${id}/${key}`)));
  const changes = steps.flatMap(({ id, changes: keys = [] }, i) => {
    keys.forEach((key, j) => {
      if (!known.has(key)) read.fault(['steps', i, 'changes', j], `configuration names no key ${key}`);
    });
    return keys.length === 0 ? [] : [{ step: id, keys }];
  });
  return configuration.length === 0 ? null : { sources, changes };
}
