// Bundles the compiled workflows once, so that a worker starts without doing it again.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflows } from '../dist/temporal/bundle-workflows.js';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

const { code } = await bundleWorkflows(dist, 'js');
await writeFile(`${dist}/workflow-bundle.js`, code);
