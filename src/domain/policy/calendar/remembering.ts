/**
 * Works a thing out once for each key. More than `most` are never kept: policies come and go while a process lives.
 */
export function remembering<T extends object>(most: number): (key: string, workOut: () => T) => T {
  const known = new Map<string, T>();
  return (key, workOut) => {
    const before = known.get(key);
    if (before) return before;
    const found = workOut();
    if (known.size >= most) known.clear();
    known.set(key, found);
    return found;
  };
}
