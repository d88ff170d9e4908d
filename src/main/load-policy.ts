import { digestOf } from '../domain/canonical-json.ts';
import { parseWith } from '../domain/issues.ts';
import { type Policy, policySchema } from '../domain/policy.ts';
import { parsePlainYaml, readText } from './load-yaml.ts';

export interface LoadedPolicy {
  readonly policy: Policy;
  /** `sha256:…` of the file's bytes. */
  readonly digest: string;
}

export interface PolicyFile {
  /** The policy as the file says it now. Throws `invalid-policy`, `malformed-yaml` or `too-large`; never an older one. */
  read(): Promise<LoadedPolicy>;
}

/** The policy in a file, read again whenever it has changed. Throws as `read` does, when it cannot be read at the start. */
export async function openPolicy(file: string): Promise<PolicyFile> {
  let known: { readonly text: string; readonly loaded: LoadedPolicy } | null = null;
  const source: PolicyFile = {
    async read() {
      // The bytes are compared, not a time stamp: two changes within one tick of the file system's clock both count.
      const text = await readText(file, 'invalid-policy');
      if (known?.text !== text) {
        known = null;
        const policy = parseWith(policySchema, parsePlainYaml(text, 'the policy'), 'invalid-policy');
        known = { text, loaded: { policy, digest: digestOf(text) } };
      }
      return known.loaded;
    },
  };
  await source.read();
  return source;
}
