import { GantryError } from '../../../src/domain/base/errors.ts';

function findingsOf(act: () => unknown) {
  try {
    act();
    return [];
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    const { issues, code, pointer = '', message } = error;
    return issues.length > 0 ? issues : [{ code, pointer, detail: message }];
  }
}

/** What a refusal finds, as `code pointer`; nothing where nothing is refused. */
export function refusalOf(act: () => unknown): readonly string[] {
  return findingsOf(act).map(({ code, pointer }) => `${code} ${pointer}`.trim());
}

/** The same with what it says: `code pointer: detail`. */
export function refusalInWords(act: () => unknown): readonly string[] {
  return findingsOf(act).map(({ code, pointer, detail }) => `${code} ${pointer}: ${detail}`);
}
