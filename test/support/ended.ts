/** Tells how a deployment came to its end. */
export type Explanation = () => Promise<string>;

const explanations: Explanation[] = [];

/** A test that fails is told, beside what it expected, how the deployments came to their end that it saw end. */
export function remember(explanation: Explanation): void {
  explanations.push(explanation);
}

/** What was remembered since the last call, explained if `isAsked`. */
export async function explain(isAsked: boolean): Promise<readonly string[]> {
  const remembered = explanations.splice(0);
  if (!isAsked) return [];
  return Promise.all(remembered.map((one) => one().catch((error: unknown) => String(error))));
}

const waiting = new Map<symbol, () => string>();

/** A test that fails is told what it was waiting for, until the answer is called. */
export function waitFor(what: () => string): () => void {
  const key = Symbol(what.name);
  const since = Date.now();
  waiting.set(key, () => `for ${((Date.now() - since) / 1_000).toFixed(1)} s ${what()}`);
  return () => waiting.delete(key);
}

/** What is waited for still, and forgotten with that. */
export function stillWaiting(): readonly string[] {
  const all = [...waiting.values()].map((what) => what());
  waiting.clear();
  return all;
}
