import { z } from 'zod';
import type { Json } from './json.ts';

/** Anything JSON can say. It holds itself, so whatever describes it needs a name for it. */
export const jsonSchema: z.ZodType<Json> = z.json();
z.globalRegistry.add(jsonSchema, { id: 'Json', description: 'Anything JSON can say' });
