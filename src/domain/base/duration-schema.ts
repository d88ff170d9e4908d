import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** A duration as people write it (`500ms`, `30s`, `15m`, `24h`, `7d`), parsed to milliseconds. */
export const durationSchema = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: 'write a duration such as 500ms, 30s, 15m, 24h or 7d, at most 90d' });
  return z.NEVER;
});
