import { delimiter, dirname } from 'node:path';
import { inject } from 'vitest';

// Suites, and the processes that they start, use the CLI of their project, whatever else PATH holds.
const cli = inject('temporalCli');
process.env['GANTRY_TEST_CLI'] = cli;
process.env['PATH'] = [dirname(cli), process.env['PATH']].join(delimiter);
