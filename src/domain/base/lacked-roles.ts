/** The roles of which one is needed, and that the subject has none, as the end of a sentence: `… takes the role support, which key:dan does not have`. */
export function lackedRoles(roles: readonly string[], subject: string): string {
  const [first, ...others] = roles;
  if (first === undefined) return 'a role, and the policy names none';
  if (others.length === 0) return `the role ${first}, which ${subject} does not have`;
  return `one of the roles ${roles.join(', ')}; ${subject} has none of them`;
}
