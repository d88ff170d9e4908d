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
