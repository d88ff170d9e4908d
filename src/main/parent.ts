const everyMs = 500;

/** Resolves once the parent process is gone, however it ended, and tells so: nobody else says why this process ends. */
export function untilParentGone(tell: (line: string) => void): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      tell('What has started this is gone: ending (--stay keeps it).');
      resolve();
    }, everyMs);
    timer.unref();
  });
}
