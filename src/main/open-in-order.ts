/**
 * Opens parts that need each other. `atEnd` takes what closes one as soon as it is open; they are closed in the opposite
 * order: by `stop` of the answer, or at once where a later part cannot be opened.
 */
export async function openInOrder<T extends object>(
  open: (atEnd: (close: () => Promise<unknown>) => void) => Promise<T>,
): Promise<T & { readonly stop: () => Promise<void> }> {
  const closes: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    for (const close of closes.splice(0).reverse()) await close();
  };
  try {
    return { ...(await open((close) => closes.push(close))), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
