import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { bundleWorkflows } from '../../src/temporal/bundle-workflows.ts';
import { digestOfFiles, madeOnce, root } from './made-once.ts';

export interface WorkflowBundle {
  readonly codePath: string;
}

const quiet = () => {};
const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error };

/** The workflows as they are in the sources of a checkout, bundled once for all processes: it takes 8 s of CPU. */
export async function bundleOfSources(checkout = root): Promise<WorkflowBundle> {
  const key = await digestOfFiles(['src', 'package-lock.json'], checkout);
  return bundled(key, () => bundleWorkflows(join(checkout, 'src'), 'ts'));
}

/** Other workflows than Gantry's, in a folder or file of this checkout. */
export async function bundleOfTests(path: string): Promise<WorkflowBundle> {
  const key = await digestOfFiles([path, 'src', 'package-lock.json']);
  return bundled(key, () => bundleWorkflowCode({ workflowsPath: join(root, path), logger }));
}

async function bundled(key: string, bundle: () => Promise<{ readonly code: string }>): Promise<WorkflowBundle> {
  const folder = await madeOnce('workflows', key, async (into) => {
    const { code } = await bundle();
    await writeFile(join(into, 'bundle.js'), code);
  });
  return { codePath: join(folder, 'bundle.js') };
}
