/** Waits for something that is to end in time; when it does not, the error says what did not end. */
export async function within<T>(ms: number, what: string | (() => string), work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${typeof what === 'string' ? what : what()} did not end within ${ms / 1_000} s`));
    }, ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Does one after the other. One that fails keeps no other from being done, and all that failed are told of. */
export async function doAll(works: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: Error[] = [];
  for (const work of works) await work().catch((error: unknown) => void errors.push(error as Error));
  if (errors.length > 1) throw new AggregateError(errors, errors.map(({ message }) => message).join('; '));
  if (errors[0]) throw errors[0];
}
