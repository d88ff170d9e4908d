/** Something that runs until it is stopped. */
export interface Running {
  /** Ends it in good order; resolves when all is quiet. */
  readonly stop: () => Promise<void>;
  /** Rejects when it fails by itself. */
  readonly failed?: Promise<never> | undefined;
}

/** Runs until SIGTERM or SIGINT, then stops in good order; a second signal ends the process at once. */
export async function runUntilTold(running: Running): Promise<void> {
  const told = new Promise<void>((resolve) => {
    let isTold = false;
    const onSignal = () => {
      if (isTold) process.exit(130);
      isTold = true;
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
  try {
    await Promise.race([told, ...(running.failed ? [running.failed] : [])]);
  } finally {
    await running.stop();
  }
}
