// Bundles the workflows once, so that a worker starts without doing it again.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflows } from '../src/temporal/bundle-workflows.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const { code } = await bundleWorkflows(`${root}src`);
await writeFile(`${root}dist/workflow-bundle.js`, code);
