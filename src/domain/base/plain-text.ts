/** Whether a text that people write holds nothing that no file, digest or argument could hold. */

export function isPlainText(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

export const plainTextWords = 'text has no NUL and no lone surrogates';
