const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** How a duration looks; that it is 90 days at most, {@link parseDuration} finds out. */
export const durationPattern = /^([1-9]\d{0,8})(ms|s|m|h|d)$/;

/** No time of a plan or policy is longer than this: 90 days in milliseconds. */
export const maxDurationMs = 90 * unitMs.d;

/** `'30s'` → 30000. Undefined for anything that is not a duration between 1 ms and 90 days. */
export function parseDuration(text: string): number | undefined {
  const match = durationPattern.exec(text);
  if (!match) return undefined;
  const ms = Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
  return ms <= maxDurationMs ? ms : undefined;
}

/** 90000 → `1 min 30 s`; 8216 → `8.216 s`. For people; exact to the millisecond. */
export function formatDuration(ms: number): string {
  if (ms < 0) return `-${formatDuration(-ms)}`;
  const days = Math.floor(ms / unitMs.d);
  const hours = Math.floor((ms % unitMs.d) / unitMs.h);
  const minutes = Math.floor((ms % unitMs.h) / unitMs.m);
  const milliseconds = ms % unitMs.m;
  const seconds = milliseconds % 1000 === 0 ? String(milliseconds / 1000) : (milliseconds / 1000).toFixed(3);
  const parts = [
    days > 0 ? `${days} d` : '',
    hours > 0 ? `${hours} h` : '',
    minutes > 0 ? `${minutes} min` : '',
    milliseconds > 0 ? `${seconds} s` : '',
  ].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' ') : '0 s';
}
