/** Something that runs until it is stopped. */
export interface Running {
  /** Ends it in good order; resolves when all is quiet. */
  readonly stop: () => Promise<void>;
  /** Rejects when it fails by itself. */
  readonly failed?: Promise<never> | undefined;
}

/** How else it may end. */
interface Ends {
  /** Resolves where it is to end for another reason. */
  readonly also?: Promise<void> | undefined;
  /** Its terminal was closed: takes the words, and says whether it ends. Node ends at once by itself, `nohup` or not. */
  readonly onHangUp?: () => 'ends' | 'stays';
}

/** A start that goes on for longer after a signal, such as a build, is not waited for. */
const startMs = 60_000;
const leftMs = 500;

/**
 * Starts something and runs it until SIGTERM, SIGINT or SIGHUP, then stops it in good order, also when the signal came during
 * the start; a second SIGTERM or SIGINT ends the process at once.
 */
export async function runUntilSignal(
  start: () => Promise<Running>,
  { also, onHangUp = () => 'ends' }: Ends = {},
): Promise<void> {
  let isStarting = true;
  const signaled = new Promise<void>((resolve) => {
    let isSignaled = false;
    const onSignal = () => {
      if (isSignaled) process.exit(130);
      isSignaled = true;
      if (isStarting) setTimeout(() => isStarting && process.exit(130), startMs).unref();
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
    // A closing terminal and its shell both send it: the second one hurries nothing.
    let isHungUp = false;
    process.on('SIGHUP', () => {
      if (isHungUp) return;
      isHungUp = true;
      if (onHangUp() === 'ends' && !isSignaled) onSignal();
    });
  });
  const running = await start();
  isStarting = false;
  try {
    await Promise.race([signaled, ...(also ? [also] : []), ...(running.failed ? [running.failed] : [])]);
  } finally {
    await running.stop();
    // What could not be closed, such as a poll that a server leaves open, keeps no process.
    setTimeout(() => process.exit(), leftMs).unref();
  }
}
