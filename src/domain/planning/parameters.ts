import { z } from 'zod';
import { parseDuration } from '../base/duration.ts';
import type { ErrorIssue } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { means } from '../base/means.ts';
import { refuse } from '../base/refuse.ts';
import { plainDuration } from './document-parts.ts';

/** String parameters: may become an argument of a command, so never begin with a hyphen. */
export const parameterStringSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:/@+=,-]{0,255}$/,
    'use 1 to 256 of letters, digits and ._:/@+=,-, first a letter or digit',
  );

const absentParameter = 'Its value where a request does not set it; absent: a request must';

export const parameterSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string').meta(means('A text')),
    default: parameterStringSchema.optional().meta(means(absentParameter, 'info')),
    options: z
      .array(parameterStringSchema)
      .min(1)
      .max(50)
      .optional()
      .meta(means('The only values that are taken; absent: any', ['info', 'debug'])),
  }),
  z.strictObject({
    type: z.literal('duration').meta(means('A time')),
    default: plainDuration.optional().meta(means(absentParameter, '30s')),
    minimum: plainDuration.optional().meta(means('The shortest that is taken', '10s')),
    maximum: plainDuration.optional().meta(means('The longest that is taken', '1h')),
  }),
  z.strictObject({
    type: z.literal('integer').meta(means('A whole number')),
    default: z.int().optional().meta(means(absentParameter, 10)),
    minimum: z.int().optional().meta(means('The smallest that is taken', 1)),
    maximum: z.int().optional().meta(means('The greatest that is taken', 100)),
  }),
]);
export type ParameterDocument = z.infer<typeof parameterSchema>;

type Value = string | number;

/** Why a value breaks a parameter's rule, or undefined when it does not. */
function faultOf(rule: ParameterDocument, value: Value): string | undefined {
  switch (rule.type) {
    case 'string':
      if (typeof value !== 'string') return 'write a string';
      if (rule.options && !rule.options.includes(value)) return `write one of ${rule.options.join(', ')}`;
      return undefined;
    case 'integer':
      if (typeof value !== 'number') return 'write an integer';
      if (rule.minimum !== undefined && value < rule.minimum) return `at least ${rule.minimum}`;
      if (rule.maximum !== undefined && value > rule.maximum) return `at most ${rule.maximum}`;
      return undefined;
    case 'duration': {
      const ms = typeof value === 'string' ? parseDuration(value) : undefined;
      if (ms === undefined) return 'write a duration such as 30s';
      const [min, max] = [parseDuration(rule.minimum ?? ''), parseDuration(rule.maximum ?? '')];
      if (min !== undefined && ms < min) return `at least ${rule.minimum}`;
      if (max !== undefined && ms > max) return `at most ${rule.maximum}`;
      return undefined;
    }
  }
}

/** The values of a procedure's parameters: those given, else their defaults. Throws `invalid-parameter`. */
export function resolveParameters(
  rules: Readonly<Record<string, ParameterDocument>>,
  given: Readonly<Record<string, Value>>,
): JsonObject {
  const issues: ErrorIssue[] = [];
  const fault = (name: string, detail: string) =>
    issues.push({ pointer: `/parameters/${name}`, code: 'invalid-parameter', detail });
  for (const name of Object.keys(given))
    if (!Object.hasOwn(rules, name)) fault(name, 'the procedure has no such parameter');
  const values: Record<string, Value> = {};
  for (const [name, rule] of Object.entries(rules)) {
    const value = Object.hasOwn(given, name) ? given[name] : rule.default;
    const found = value === undefined ? 'give a value: it has no default' : faultOf(rule, value);
    if (found !== undefined) fault(name, found);
    else if (value !== undefined) values[name] = value;
  }
  if (issues.length > 0) refuse(issues);
  return values;
}
