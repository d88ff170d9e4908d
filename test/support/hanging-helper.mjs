// Never answers, as a helper that waits for a file system that hangs.
setInterval(() => undefined, 60_000);
process.on('message', () => undefined);
