import type { ErrorIssue } from '../base/errors.ts';
import { toIssues } from '../base/issues.ts';
import type { Json } from '../base/json.ts';
import { besides } from '../base/refuse.ts';
import { type Patched, withStandIns } from '../base/stand-ins.ts';
import { type Policy, policySchema, policyShape } from './policy.ts';

/** The environments of a policy and its notifiers, with stand-ins for what its schema refuses: see {@link withStandIns}. */
export function policyWithStandIns(written: unknown): Patched<Pick<Policy, 'environments' | 'notifiers'>> {
  const parts = withStandIns(written, { schema: policyShape, code: 'invalid-policy', at: [], standIns });
  if (!parts.document) return parts;
  const replaced = parts.replaced.map((pointer) => ({ pointer }));
  return { ...parts, issues: [...parts.issues, ...besides(replaced, acrossParts(parts.written))] };
}

/** Contradictions between the parts of a policy. */
function acrossParts(written: unknown): readonly ErrorIssue[] {
  const { error } = policySchema.safeParse(written);
  return error ? toIssues(error, 'invalid-policy') : [];
}

const evidence = { maxAge: '7d' };
const rule = { role: 'stand-in', minimum: 1 };
const approvals = { expireAfter: '24h', rules: [rule] };
const stakeholders = [{ name: 'Stand-in', log: true, on: ['requested', 'deployed', 'ended', 'page'] }];
const monitoring = { minimum: '1s' };
const environment = { evidence, approvals, stakeholders, monitoring };

/** Not `people`, `groups`, `services` and the like: who these are is what all rules mean. */
const standIns: Readonly<Record<string, Json>> = {
  gantry: 1,
  repositories: {},
  environments: { 'stand-in': environment },
  'environments/*': environment,
  'environments/*/evidence': evidence,
  'environments/*/evidence/maxAge': evidence.maxAge,
  'environments/*/approvals': approvals,
  'environments/*/approvals/expireAfter': approvals.expireAfter,
  'environments/*/approvals/rules': approvals.rules,
  'environments/*/stakeholders': stakeholders,
  'environments/*/monitoring': monitoring,
  'environments/*/monitoring/minimum': monitoring.minimum,
};
