import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const parent = new URL('../../../src/main/parent.ts', import.meta.url).href;
/** Says its id, and ends once its parent is gone. */
const child = `import { untilParentGone } from ${JSON.stringify(parent)};
const gone = untilParentGone((line) => process.stdout.write(line + '\\n'));
process.stdout.write(String(process.pid) + '\\n');
const busy = setInterval(() => undefined, 1000);
await gone;
process.stdout.write('gone\\n');
clearInterval(busy);`;

it('a process notices that its parent was killed, and says so', async () => {
  // The shell waits for its child, so that it is the one that has started it.
  const shell = spawn('sh', ['-c', '"$0" --import tsx --input-type=module -e "$1"; exit', process.execPath, child], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(shell, 'exit');
  let said = '';
  const ended = new Promise<void>((resolve) => shell.stdout.once('end', resolve));
  const begun = new Promise<void>((resolve) => {
    shell.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('\n')) resolve();
    });
  });
  await begun;
  shell.kill('SIGKILL');
  await exited;
  // Only the child holds the pipe now.
  await ended;
  expect(said).toMatch(/^\d+\nWhat has started this is gone: ending \(--stay keeps it\)\.\ngone\n$/);
});
