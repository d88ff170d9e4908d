// A worker that carries out one endless command, to be killed: prints its own id; the command writes its own into a file.
import { createAdapters } from '../../../src/adapters/index.ts';
import { contextFor } from '../../support/adapter-context.ts';

const file = process.argv[2] ?? '';
const adapter = createAdapters({ path: process.env['PATH'] ?? '' }).actions.get('command');
const script = `require('fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000)`;
process.stdout.write(`${process.pid}\n`);
await adapter?.run({ command: [process.execPath, '-e', script] } as never, contextFor());
