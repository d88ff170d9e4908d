/** A moment to the second: clocks of pipelines are no more exact. */
export const toSecond = (time: string) => Math.floor(Date.parse(time) / 1000);

/** Stages are passed in their order: none begins before the one before it has finished, compared to the second. */
export function beginsTooEarly(
  { startedOn }: { readonly startedOn: string },
  before: { readonly finishedOn: string } | undefined,
): boolean {
  return !before || toSecond(startedOn) < toSecond(before.finishedOn);
}
