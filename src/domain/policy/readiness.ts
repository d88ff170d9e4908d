/** Readiness as a policy has it; `within` in milliseconds. */
export interface ReadinessRules {
  readonly roles: readonly (string | { readonly role: string })[];
  readonly within: number;
}

/** Readiness as a plan freezes it; `within` in milliseconds. */
export interface Readiness {
  /** Roles whose acknowledgement is waited for. */
  readonly roles: readonly string[];
  /** Roles that are on call by schedule: no acknowledgement is asked of them. */
  readonly onCall: readonly string[];
  readonly withinMs: number;
}

/** The role that one entry of a policy's readiness names. */
export const roleOf = (entry: string | { readonly role: string }) => (typeof entry === 'string' ? entry : entry.role);

/** Every role that a policy's readiness names, in its order. */
export function readinessRoles(rules: ReadinessRules | undefined): readonly string[] {
  return (rules?.roles ?? []).map(roleOf);
}

export function freezeReadiness(rules: ReadinessRules | undefined): Readiness | null {
  if (!rules) return null;
  return {
    roles: rules.roles.filter((entry) => typeof entry === 'string'),
    onCall: rules.roles.flatMap((entry) => (typeof entry === 'string' ? [] : [entry.role])),
    withinMs: rules.within,
  };
}

/** How the gate and the record name a role that is on call by schedule. */
export const onCallWords = (role: string) => `${role}: on call by schedule`;
