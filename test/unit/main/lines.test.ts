import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { linesTo } from '../../../src/main/lines.ts';

const lines = fileURLToPath(new URL('../../../src/main/lines.ts', import.meta.url));

/** A process that says something on both streams at once, and goes on as told; ends with 7 when it has come to its end. */
function speaking(body: string) {
  const script = `
    import { pino } from 'pino';
    import { errorLines, outputLines } from ${JSON.stringify(lines)};
    outputLines.write('begun\\n');
    errorLines.write('begun\\n');
    ${body}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  return { child, ended: once(child, 'exit') as Promise<[number | null, string | null]> };
}

it('goes on after the reader of its output is gone', async () => {
  const { child, ended } = speaking(`
    let said = 0;
    const timer = setInterval(() => {
      outputLines.write('a line\\n');
      errorLines.write('a line\\n');
      said += 1;
      if (said === 100) process.exit(7);
    }, 5);`);
  await Promise.all([once(child.stdout, 'data'), once(child.stderr, 'data')]);
  child.stdout.destroy();
  child.stderr.destroy();
  expect(await ended).toEqual([7, null]);
});

it('does not stop while its log has no reader', async () => {
  const { ended } = speaking(`
    const log = pino({ level: 'warn' }, errorLines);
    let [last, worst, said] = [Date.now(), 0, 0];
    setInterval(() => {
      log.warn('x'.repeat(100_000));
      said += 1;
      worst = Math.max(worst, Date.now() - last);
      last = Date.now();
      if (said === 100) process.exit(worst < 1_000 ? 7 : 1);
    }, 5);`);
  expect(await ended).toEqual([7, null]);
});

it('leaves out what is not read in time, and marks the place', async () => {
  const stream = new PassThrough({ highWaterMark: 10 });
  const { write } = linesTo(stream, 30);
  for (const line of ['one', 'two', 'three', 'four', 'five', 'six']) write(`${line} ${'.'.repeat(7)}\n`);
  let read = '';
  stream.on('data', (chunk) => {
    read += String(chunk);
  });
  await once(stream, 'drain');
  write('seven\n');
  stream.end();
  await once(stream, 'end');
  expect(read).toBe('one .......\ntwo .......\n(4 lines are missing here: nobody read in time)\nseven\n');
});
