import { parseDuration } from '../base/duration.ts';
import type { ErrorIssue } from '../base/errors.ts';
import type { JsonObject } from '../base/json.ts';
import { refuse } from '../base/refuse.ts';
import type { ParameterDocument } from './procedure.ts';

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
