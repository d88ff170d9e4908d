import { dirname } from 'node:path';
import { createNotifiers } from '../adapters/index.ts';
import { digestOf, digestOfJson } from '../domain/base/canonical-json.ts';
import { differencesBetween } from '../domain/base/differences.ts';
import { type ErrorIssue, GantryError, messageOf } from '../domain/base/errors.ts';
import { parseWith } from '../domain/base/issues.ts';
import { besides, findingsOf, refuse } from '../domain/base/refuse.ts';
import type { LoadedPolicy, PolicyFault, PolicySource } from '../domain/planning/source-ports.ts';
import { checkWindows } from '../domain/policy/calendar/check-windows.ts';
import { checkNotifiers } from '../domain/policy/check-notifiers.ts';
import { type Policy, policySchema } from '../domain/policy/policy.ts';
import { policyWithStandIns } from '../domain/policy/policy-with-stand-ins.ts';
import { readSignerKeys, withSignerKeys } from './signer-keys.ts';
import { maxOfPolicy, parsePlainYaml, readText } from './yaml.ts';
import { type Finding, type Place, placesIn } from './yaml-lines.ts';

/** Their schemas; nothing is sent by these. */
const notifiers = createNotifiers(() => undefined);

/** Reads and checks a policy file. Throws `invalid-policy`, `malformed-yaml`, `too-large` or `not-available-yet`. */
export async function loadPolicy(file: string): Promise<LoadedPolicy> {
  const text = await readText(file, 'invalid-policy');
  return parsePolicy(await sourceOf(file, text, parsed(text)));
}

/** What a policy is made of: its document, and the keys of signers that lie in files beside it. */
interface Source {
  readonly document: unknown;
  readonly keys: ReadonlyMap<string, string>;
  /** What is wrong with the files of keys. */
  readonly issues: readonly ErrorIssue[];
  /** Of the bytes of all of them. */
  readonly digest: string;
}

async function sourceOf(file: string, text: string, document: unknown): Promise<Source> {
  const { keys, issues } = await readSignerKeys(document, dirname(file));
  const digests = Object.fromEntries([...keys].map(([path, pem]) => [path, digestOf(pem)]));
  const digest = keys.size === 0 ? digestOf(text) : digestOfJson({ policy: digestOf(text), keys: digests });
  return { document, keys, issues, digest };
}

/** The document with its signers' keys in it, and all that is wrong with them. */
function withKeys(source: Source): Pick<Source, 'document' | 'issues'> {
  const { document, issues } = withSignerKeys(source.document, source.keys);
  return { document, issues: [...source.issues, ...besides(source.issues, issues)] };
}

function parsePolicy(source: Source): LoadedPolicy {
  const { document, issues } = withKeys(source);
  if (issues.length > 0) refuse(issues);
  const policy = parseWith(policySchema, document, 'invalid-policy');
  const faults = settingsFaults(policy);
  if (faults.length > 0) refuse(faults);
  return { policy, digest: source.digest };
}

/** What the calendar and the notifiers alone find wrong. */
function settingsFaults(policy: Pick<Policy, 'environments' | 'notifiers'>): readonly ErrorIssue[] {
  return [...findingsOf(() => checkWindows(policy)), ...findingsOf(() => checkNotifiers(policy, notifiers))];
}

export interface CheckedPolicy {
  /** Null where there are faults. */
  readonly loaded: LoadedPolicy | null;
  /** All that is wrong, each with its place in the file. */
  readonly faults: readonly (Finding & Place)[];
  /** The file as it was read. */
  readonly text: string;
}

/** Reads a policy file for its author and returns everything that is wrong at once. Throws where there is no file to read. */
export async function checkPolicy(file: string): Promise<CheckedPolicy> {
  const text = await readText(file, 'invalid-policy');
  const place = placesIn(text);
  const faults = (found: readonly ErrorIssue[]): CheckedPolicy['faults'] =>
    found.map((one) => place(one)).toSorted((one, other) => one.line - other.line);
  let written: unknown;
  const broken = findingsOf(() => {
    written = parsed(text);
  });
  if (broken.length > 0) return { loaded: null, faults: faults(broken), text };
  const source = await sourceOf(file, text, written);
  const { document, issues } = withKeys(source);
  const patched = policyWithStandIns(document);
  const known = [...issues, ...besides(issues, patched.issues)];
  const replaced = [...known, ...patched.replaced.map((pointer) => ({ pointer }))];
  const more = patched.document ? besides(replaced, settingsFaults(patched.document)) : [];
  const all = [...known, ...more];
  return all.length > 0
    ? { loaded: null, faults: faults(all), text }
    : { loaded: parsePolicy(source), faults: [], text };
}

/**
 * The policy in a file, read again whenever it has changed. `log` gets a line when the file breaks, when it is good
 * again and when its content changes. Throws as `loadPolicy` does, when it cannot be read at the start.
 */
export async function openPolicy(file: string, log: (line: string) => void = () => {}): Promise<PolicySource> {
  /**
   * The file is read with each request, and parsed once: its document, or the error again. Bytes are compared, not a time
   * stamp, so that two changes within one tick both count.
   */
  let known: { readonly text: string; readonly document: Promise<unknown> } | null = null;
  const readSource = async () => {
    const text = await readText(file, 'invalid-policy');
    if (known?.text !== text) known = { text, document: Promise.resolve(text).then(parsed) };
    return sourceOf(file, text, await known.document);
  };
  let good = parsePolicy(await readSource());
  /** Digest of what was evaluated last. */
  let evaluated: string | null = good.digest;
  let fault: PolicyFault | null = null;

  const refuse = (error: unknown) => {
    const code = error instanceof GantryError ? error.code : 'internal';
    const full = messageOf(error);
    // The readiness route shows this to every caller: it must not reveal where the file lies.
    const message = full.replaceAll(file, 'the policy file');
    if (fault?.message !== message)
      log(
        `Policy ${file}: ${code}: ${message} (new requests are refused; what runs goes on by the last good one, ${good.digest})`,
      );
    fault = { code, message, since: fault?.since ?? new Date().toISOString() };
  };
  return {
    async read() {
      try {
        const source = await readSource().catch((error: unknown) => {
          evaluated = null;
          throw error;
        });
        if (source.digest !== evaluated) {
          evaluated = source.digest;
          const loaded = parsePolicy(source);
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

const parsed = (text: string) => parsePlainYaml(text, 'the policy', { max: maxOfPolicy });

const maxChanges = 20;

function changesOf(before: Policy, after: Policy): string {
  const all = differencesBetween(before, after).map(({ pointer }) => pointer);
  const more = all.length > maxChanges ? [`${all.length - maxChanges} more`] : [];
  return [...all.slice(0, maxChanges), ...more].join(', ') || 'nothing';
}
