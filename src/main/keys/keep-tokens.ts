import type { PolicySource } from '../../domain/planning/source-ports.ts';
import type { Store } from '../../store/index.ts';
import { repeat } from '../repeat.ts';
import { ensureTokens } from './tokens.ts';

const everyMs = 1_000;

/**
 * Tokens for everybody whom the policy names, in a file, and again whenever it names others: while `gantry dev` holds the
 * store no other process can make one. For `gantry dev` only.
 */
export async function keepTokens(
  store: Pick<Store, 'addKey' | 'revokeKeys' | 'key'>,
  policy: PolicySource,
  file: string,
  say: (line: string) => void,
) {
  const first = await policy.read();
  const tokens = await ensureTokens(store, first.policy, file);
  let known = { digest: first.digest, subjects: new Set(Object.keys(tokens)) };
  const look = async () => {
    const { digest, policy: rules } = await policy.read();
    if (digest === known.digest) return;
    const subjects = new Set(Object.keys(await ensureTokens(store, rules, file)));
    const come = [...subjects].filter((subject) => !known.subjects.has(subject));
    const gone = [...known.subjects].filter((subject) => !subjects.has(subject));
    known = { digest, subjects };
    if (come.length > 0) say(`Tokens of ${come.join(', ')} are in ${file}.`);
    if (gone.length > 0) say(`Tokens of ${gone.join(', ')} count no more: the policy names them no more.`);
  };
  const kept = repeat(everyMs, () =>
    look().catch((error: unknown) => say(`Tokens were not renewed: ${String(error)}`)),
  );
  return { tokens, stop: kept.stop };
}
