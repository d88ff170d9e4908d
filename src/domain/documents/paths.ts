/** Every part of a path as it may be named: no white space, nothing that a shell, git or a file system reads otherwise. */
const partPattern = /^[A-Za-z0-9_.@+][A-Za-z0-9_.@+-]*$/;

/** Git's own folder and files in every spelling that some file system takes for them, short names of Windows among them; not `.github` and its like. */
const gitOwn = /^(\.git(attributes|ignore|modules|config)?|git~.*)$/i;

/** Why a path cannot be a document of a repository; null: it can. */
export function pathFault(path: string): string | null {
  if (path.length > 300) return 'a path has at most 300 characters';
  const parts = path.split('/');
  if (parts.includes('..') || parts.includes('.')) return 'a path stays in its repository: no part of it is . or ..';
  if (parts.includes('')) return 'a path is relative, and no part of it is empty';
  if (parts.some((part) => gitOwn.test(part))) return "a path names none of git's own files";
  if (!parts.every((part) => partPattern.test(part) && !part.endsWith('.')))
    return 'a path has parts of letters, digits and _.@+-, none begins with a hyphen or ends with a dot';
  return null;
}
