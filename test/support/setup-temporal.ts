import { delimiter, dirname } from 'node:path';
import { afterEach, inject } from 'vitest';
import { explain, stillWaiting } from './ended.ts';

// Suites, and the processes that they start, use the CLI of their project, whatever else PATH holds.
const cli = inject('temporalCli');
process.env['GANTRY_TEST_CLI'] = cli;
process.env['PATH'] = [dirname(cli), process.env['PATH']].join(delimiter);
// Servers of suites live for a minute: with a larger heap a suite costs a twentieth less CPU.
process.env['GOGC'] ??= '400';
const postgres = inject('postgres');
if (postgres === null) delete process.env['GANTRY_TEST_POSTGRES'];
else process.env['GANTRY_TEST_POSTGRES'] = postgres;

afterEach(async ({ task }) => {
  const hasFailed = task.result?.state === 'fail';
  const waits = stillWaiting();
  const ends = [...(await explain(hasFailed)), ...(hasFailed ? waits : [])];
  if (ends.length > 0) throw new Error(ends.join('; '));
});
