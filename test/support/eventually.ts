/** Asks again and again until the answer is as wanted. */
export async function eventually<T>(ask: () => Promise<T>, is: (seen: T) => boolean): Promise<T> {
  for (;;) {
    const seen = await ask();
    if (is(seen)) return seen;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
