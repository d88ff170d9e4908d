import { pathFault } from '../documents/paths.ts';
import type { PlannedDocument, PlannedRepository } from '../plan/documents.ts';
import type { Policy } from '../policy/policy.ts';
import type { ProcedureDocument } from './procedure.ts';
import type { SpecReader } from './spec-reader.ts';

/** The documents of a plan, by their repositories; null: the procedure names none. */
export function freezeDocuments(
  { documents = [] }: Pick<ProcedureDocument, 'documents'>,
  { repositories }: Pick<Policy, 'repositories'>,
  read: SpecReader,
): readonly PlannedRepository[] | null {
  const seen = new Set<string>();
  const byRepository = new Map<string, PlannedDocument[]>();
  documents.forEach(({ repository, path, block, record }, i) => {
    const at = ['documents', i];
    if (!Object.hasOwn(repositories, repository))
      read.fault([...at, 'repository'], `the policy names no repository ${repository}`);
    const filled = read.text(path);
    const fault = pathFault(filled);
    if (fault !== null) read.fault([...at, 'path'], fault);
    const what = record ? ({ kind: 'record' } as const) : ({ kind: 'block', block: block ?? 'release' } as const);
    const key = JSON.stringify([repository, filled, what]);
    if (seen.has(key)) read.fault(at, 'the same document is named twice');
    seen.add(key);
    byRepository.set(repository, [...(byRepository.get(repository) ?? []), { path: filled, what }]);
  });
  if (documents.length === 0) return null;
  return [...byRepository].flatMap(([name, own]) => {
    const known = Object.hasOwn(repositories, name) ? repositories[name] : undefined;
    if (!known) return [];
    const { url, branch, author, credentials = null } = known;
    return [{ name, url, branch, author, credentials, documents: own }];
  });
}
