import { digestOf } from '../domain/canonical-json.ts';
import { differencesBetween } from '../domain/differences.ts';
import { type ErrorCode, GantryError } from '../domain/errors.ts';
import { parseWith } from '../domain/issues.ts';
import { type Policy, policySchema } from '../domain/policy.ts';
import { checkWindows } from '../domain/windows/check-windows.ts';
import { parsePlainYaml, readText } from './load-yaml.ts';

export interface LoadedPolicy {
  readonly policy: Policy;
  /** `sha256:…` of the file's bytes. */
  readonly digest: string;
}

/** Why the file as it is now does not count. */
export interface PolicyFault {
  readonly code: ErrorCode;
  readonly message: string;
  /** When it was first seen so, ISO 8601 UTC. */
  readonly since: string;
}

export interface PolicyFile {
  /**
   * The policy as the file says it now; while the file is broken or cannot be read, the last good one with the fault.
   * Never throws.
   */
  read(): Promise<LoadedPolicy & { readonly fault: PolicyFault | null }>;
}

/** Reads and checks a policy file. Throws `invalid-policy`, `malformed-yaml`, `too-large` or `not-available-yet`. */
export async function loadPolicy(file: string): Promise<LoadedPolicy> {
  return parsePolicy(await readText(file, 'invalid-policy'));
}

function parsePolicy(text: string): LoadedPolicy {
  const policy = parseWith(policySchema, parsePlainYaml(text, 'the policy'), 'invalid-policy');
  checkWindows(policy);
  return { policy, digest: digestOf(text) };
}

/**
 * The policy in a file, read again whenever it has changed. `log` hears a line when the file breaks, when it is good
 * again and when it says something else. Throws as `loadPolicy` does, when it cannot be read at the start.
 */
export async function openPolicy(file: string, log: (line: string) => void = () => {}): Promise<PolicyFile> {
  let good = await loadPolicy(file);
  /** The text judged last. Bytes are compared, not a time stamp, so that two changes within one tick both count. */
  let judged: string | null = null;
  let fault: PolicyFault | null = null;

  const refuse = (error: unknown) => {
    const code = error instanceof GantryError ? error.code : 'internal';
    const said = error instanceof Error ? error.message : String(error);
    // Anybody who asks whether Gantry is ready is shown this: where the file lies is not theirs to know.
    const message = said.replaceAll(file, 'the policy file');
    if (fault?.message !== message)
      log(`Policy ${file}: ${code}: ${message} (the last good one, ${good.digest}, stays)`);
    fault = { code, message, since: fault?.since ?? new Date().toISOString() };
  };
  return {
    async read() {
      try {
        const text = await readText(file, 'invalid-policy').catch((error: unknown) => {
          judged = null;
          throw error;
        });
        if (text !== judged) {
          judged = text;
          const loaded = parsePolicy(text);
          if (fault !== null || loaded.digest !== good.digest)
            log(
              `Policy ${file}: ${loaded.digest} counts from now on; changed: ${changesOf(good.policy, loaded.policy)}`,
            );
          good = loaded;
          fault = null;
        }
      } catch (error) {
        refuse(error);
      }
      return { ...good, fault };
    },
  };
}

const mostChanges = 20;

function changesOf(before: Policy, after: Policy): string {
  const all = differencesBetween(before, after).map(({ pointer }) => pointer);
  const more = all.length > mostChanges ? [`${all.length - mostChanges} more`] : [];
  return [...all.slice(0, mostChanges), ...more].join(', ') || 'nothing';
}
