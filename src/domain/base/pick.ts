type Picked<T, K extends keyof T> = { [P in keyof Pick<T, K>]: Exclude<T[P], undefined> };

/** These members of a value and no others, in the order in which they are named; one that is undefined is left out. */
export function pick<T, K extends keyof T>(value: T, ...keys: readonly K[]): Picked<T, K> {
  const members = keys.map((key) => [key, value[key]] as const).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as Picked<T, K>;
}
