/** Environment variables, as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A variable's value; null where it is unset or empty, as a pipeline leaves that of a secret which it does not have. */
export function variable(environment: Environment, name: string): string | null {
  return environment[name] || null;
}
