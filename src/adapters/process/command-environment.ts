import { homedir } from 'node:os';
import type { AdapterContext } from '../../domain/kinds/adapter.ts';
import type { CommandUser } from './command-user.ts';

export interface CommandSettings {
  /** Where commands are looked for. */
  readonly path?: string;
  /** Whom they run as; as this process when absent or null. */
  readonly user?: CommandUser | null;
}

/** Where programs are looked for by default. */
export const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export const ours = /^(PATH|HOME|LANG|LC_.*|TZ|GANTRY_.*|LD_.*|DYLD_.*|NODE_OPTIONS|BASH_ENV|ENV|IFS)$/;

export function environmentOf(
  { identity }: AdapterContext,
  { path = usualPath, user }: CommandSettings,
): Record<string, string> {
  return {
    PATH: path,
    HOME: user?.home ?? homedir(),
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    GANTRY_DEPLOYMENT: identity.deployment,
    GANTRY_FENCE: String(identity.fence),
    GANTRY_STEP: identity.step,
    GANTRY_STEP_KEY: identity.stepKey,
  };
}
