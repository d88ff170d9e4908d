import { validationGroups } from '../base/validation-groups.ts';
import type { EnvironmentRules } from './policy.ts';

/** The rules of an environment that may be left out: of a policy, or as a plan has frozen them. */
interface Rules extends Pick<EnvironmentRules, 'require'> {
  readonly rehearsal?: object | null | undefined;
  readonly windows?: object | null | undefined;
  readonly readiness?: object | null | undefined;
  readonly evidence: { readonly signers?: object | null | undefined; readonly order?: string | undefined };
  readonly messages: { readonly unsigned: 'accept' | 'refuse' };
}

/** What an environment's rules leave out: records show it as not required, never as passed. */
export function notRequiredBy(rules: Rules): readonly string[] {
  const { evidence, require } = rules;
  return [
    ...(rules.rehearsal ? [] : ['a rehearsal of the rollback']),
    ...(rules.windows ? [] : ['a deployment window']),
    ...(rules.readiness ? [] : ['acknowledgement by monitoring and support']),
    ...(evidence.signers ? [] : ['a signature on evidence']),
    ...(evidence.order === 'any' ? ['an order of the stages'] : []),
    ...(rules.messages.unsigned === 'accept' ? ['a proof of identity on messages'] : []),
    ...validationGroups.filter((group) => !require.validation.includes(group)).map((group) => `${group} validation`),
    ...(require.availability ? [] : ['measured availability']),
    ...(require.artifactReadBack ? [] : ['reading the artifact back']),
  ];
}
