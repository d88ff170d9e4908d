import { GantryError } from '../base/errors.ts';
import { refuse } from '../base/refuse.ts';
import type { Plan } from '../plan/plan.ts';
import type { EnvironmentRules, Policy } from '../policy/policy.ts';
import type { ProcedureDocument } from './procedure.ts';

type Known = Pick<Plan['procedure'], 'name' | 'digest' | 'inline'>;
/**
 * Whether an environment's rules take a procedure by its name or its digest; undefined: they name none. The name of a
 * document that was sent (`inline`) proves nothing.
 */
export function isNamedBy({ allow }: EnvironmentRules['procedures'], known: Known): boolean | undefined {
  return allow?.some((one) => one === known.digest || (!known.inline && one === known.name));
}

/**
 * Refuses a procedure in an environment that it does not name, or whose rules name others. One that names no environments
 * means the same addresses everywhere, so it belongs to one: the policy's only one, or the only one whose rules name it.
 * A document that was sent stands for itself, where the rules take such at all. Throws `unknown-environment`, `policy-not-met`.
 */
export function checkTaken(
  { environments: own }: ProcedureDocument,
  known: Known,
  environment: string,
  { environments }: Policy,
  rules: EnvironmentRules,
): void {
  const { name, inline } = known;
  if (own && !Object.hasOwn(own, environment)) {
    const detail = `the procedure ${name} names no environment ${environment}, only ${Object.keys(own).join(' and ')}`;
    refuse([{ code: 'unknown-environment', pointer: '/environment', detail }]);
  }
  const refuseProcedure = (detail: string) => refuse([{ code: 'policy-not-met', pointer: '/procedure', detail }]);
  const isNamed = isNamedBy(rules.procedures, known);
  if (isNamed === false) {
    const allow = rules.procedures.allow ?? [];
    const why = inline ? ': what is sent as a document is known by its digest alone' : '';
    refuseProcedure(`the policy takes in ${environment} only ${allow.join(', ')}${why}`);
  }
  if (own || inline || Object.keys(environments).length === 1) return;
  const others = Object.entries(environments).flatMap(([other, { procedures }]) =>
    other !== environment && isNamedBy(procedures, known) ? [other] : [],
  );
  const how = `name in it what is ${environment}’s own (environments.${environment})`;
  if (others.length > 0)
    refuseProcedure(
      `the policy takes ${name} in ${others.join(' and ')}, too, and it would act on the same addresses there: ${how}`,
    );
  if (!isNamed)
    refuseProcedure(
      `${name} names no environments, so it would act on the same addresses in all of them: ${how}, or let the policy take it here alone (environments.${environment}.procedures.allow)`,
    );
}

/** A request brings its procedure as a document only where policy allows it. Throws `inline-procedure-refused`. */
export function checkInline({ procedures }: EnvironmentRules): void {
  if (procedures.inline) return;
  throw new GantryError('inline-procedure-refused', 'Name a procedure: the policy takes no documents here.', {
    pointer: '/procedure',
  });
}
