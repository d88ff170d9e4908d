import { z } from 'zod';
import { durationPattern, parseDuration } from './duration.ts';
import { addFault } from './issues.ts';

/** A duration as people write it (`500ms`, `30s`, `15m`, `24h`, `7d`), parsed to milliseconds. */
export const durationSchema = z
  .string()
  .meta({ pattern: durationPattern.source })
  .transform((text, context) => {
    const ms = parseDuration(text);
    return ms ?? addFault(context, 'write a duration such as 500ms, 30s, 15m, 24h or 7d, at most 90d');
  });
