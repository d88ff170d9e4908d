/** At most so many are remembered, the newest. */
const remembered = 5_000;

/** Who has sent a message to which deployment, through this process. */
export function rememberSent() {
  const keys = new Set<string>();
  return {
    has: (deployment: string, subject: string) => keys.has(`${deployment} ${subject}`),
    add(deployment: string, subject: string): void {
      keys.add(`${deployment} ${subject}`);
      const [oldest] = keys;
      if (keys.size > remembered && oldest !== undefined) keys.delete(oldest);
    },
  };
}
