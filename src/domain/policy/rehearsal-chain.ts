import type { Fault } from './services.ts';

export interface Environments {
  readonly [name: string]: { readonly rehearsal?: { readonly environment: string } | undefined };
}

/** Environments that are rehearsed where nothing can be rehearsed. Paths are those of a policy's `environments`. */
export function rehearsalFaults(environments: Environments): readonly Fault[] {
  return Object.entries(environments).flatMap(([name, { rehearsal }]) => {
    if (!rehearsal) return [];
    const path = [name, 'rehearsal', 'environment'];
    if (!Object.hasOwn(environments, rehearsal.environment))
      return [{ path, message: `the policy names no environment ${rehearsal.environment}` }];
    if (!comesBack(environments, name)) return [];
    return [{ path, message: `a rehearsal there would itself wait for one in ${name}: name another environment` }];
  });
}

/** Whether the chain of environments in which one rehearses for another comes back to its beginning. */
function comesBack(environments: Environments, name: string): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    at = Object.hasOwn(environments, at) ? environments[at]?.rehearsal?.environment : undefined;
    if (at === name) return true;
  }
  return false;
}
