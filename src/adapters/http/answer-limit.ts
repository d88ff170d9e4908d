/** Of an answer to a step or a check at most so many bytes are read: 1 MiB. */
export const answerLimitBytes = 1024 * 1024;

/** What came up to the limit; `isTooLarge`: there was more, which is not read. */
export async function readUpTo(stream: AsyncIterable<Buffer>, limit: number) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk.subarray(0, limit - bytes));
    bytes += chunk.length;
    if (bytes > limit) return { body: Buffer.concat(chunks), isTooLarge: true };
  }
  return { body: Buffer.concat(chunks), isTooLarge: false };
}
