/** How a release is named: 1 to 63 letters, digits and marks, without `..`, since it becomes part of a file's name. */
export function isRelease(text: string): boolean {
  return releasePattern.test(text) && !text.includes('..');
}

/** Its letters alone; see {@link isRelease}. */
export const releasePattern = /^[A-Za-z0-9][A-Za-z0-9._+~@-]{0,62}$/;
