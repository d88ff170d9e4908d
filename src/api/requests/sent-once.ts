/** So many are remembered; those of long ago are over. */
const remembered = 5_000;

/** Who has sent a message to which deployment, through this process. */
export interface SentOnce {
  has(deployment: string, subject: string): boolean;
  add(deployment: string, subject: string): void;
}

export function rememberSent(): SentOnce {
  const keys = new Set<string>();
  const keyOf = (deployment: string, subject: string) => `${deployment} ${subject}`;
  return {
    has: (deployment, subject) => keys.has(keyOf(deployment, subject)),
    add(deployment, subject) {
      keys.add(keyOf(deployment, subject));
      const [oldest] = keys;
      if (keys.size > remembered && oldest !== undefined) keys.delete(oldest);
    },
  };
}
