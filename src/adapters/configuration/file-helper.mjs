import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';

// A process of its own, which is killed when a file does not answer: a file system that hangs would keep a thread of the
// worker for ever, and four of those are all that a Node process has. It is JavaScript so that it starts at once, also
// out of the sources; `FileJob` and `FileAnswer` of `read-file.ts` are what it gets and answers.

/** What is no file there but the system itself: environments of processes, devices. */
const ofTheSystem = ['/proc', '/sys', '/dev'];

async function carryOut({ file, closed, maxBytes }) {
  const real = await realpath(file);
  const folders = await Promise.all(closed.map((folder) => realpath(folder).catch(() => folder)));
  if ([...ofTheSystem, ...folders].some((folder) => real === folder || real.startsWith(folder + sep)))
    return { why: 'it lies where configuration is never read from' };
  // A pipe is not waited for, and no link that somebody puts there in between is followed.
  const opened = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    if (!(await opened.stat()).isFile()) return { why: 'no plain file' };
    // Its size may be another one by now, or not be known.
    const bytes = Buffer.alloc(maxBytes + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await opened.read(bytes, length, bytes.length - length, null);
      length += bytesRead;
      if (length > maxBytes) return { why: 'more than 1 MiB' };
      if (bytesRead === 0) return { base64: bytes.toString('base64', 0, length) };
    }
  } finally {
    await opened.close();
  }
}

process.once('message', (job) => {
  void carryOut(job)
    // The message of such an error names paths; its code says enough.
    .catch((error) => ({ why: error.code ?? 'it could not be read' }))
    .then((answer) => process.send(answer, () => process.disconnect()));
});
process.on('disconnect', () => process.exit());
