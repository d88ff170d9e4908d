/** Works a value out once for each key, and keeps at most `max` of them: the oldest makes room for the next. */
export function remembering<T extends object | boolean>(max: number): (key: string, workOut: () => T) => T {
  const known = new Map<string, T>();
  return (key, workOut) => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = workOut();
    const [oldest = ''] = known.keys();
    if (known.size >= max) known.delete(oldest);
    known.set(key, found);
    return found;
  };
}
