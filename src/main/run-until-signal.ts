/** Something that runs until it is stopped. */
export interface Running {
  /** Ends it in good order; resolves when all is quiet. */
  readonly stop: () => Promise<void>;
  /** Rejects when it fails by itself. */
  readonly failed?: Promise<never> | undefined;
}

/** A start that goes on for longer after a signal, such as a build, is not waited for. */
const startMs = 60_000;
const leftMs = 500;

/**
 * Starts something and runs it until SIGTERM or SIGINT, then stops it in good order, also when the signal came during
 * the start; a second signal ends the process at once. `also`: resolves where it is to end for another reason.
 */
export async function runUntilSignal(start: () => Promise<Running>, also?: Promise<void>): Promise<void> {
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
