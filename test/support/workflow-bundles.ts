import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode } from '@temporalio/worker';
import { bundleWorkflows } from '../../src/temporal/bundle-workflows.ts';
import { digestOfFiles, madeOnce, root } from './made-once.ts';

export interface WorkflowBundle {
  readonly codePath: string;
}

const quiet = () => {};
const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error };

/** Those of this checkout: a digest of all sources for each rig and each replay would take a second of a suite. */
let own: Promise<WorkflowBundle> | null = null;

/** The workflows as they are in the sources of a checkout, bundled once for all processes: it takes 8 s of CPU. They tell a replay what rides on activities. */
export function bundleOfSources(checkout = root): Promise<WorkflowBundle> {
  if (checkout !== root) return bundleOf(checkout);
  own ??= bundleOf(root);
  return own;
}

async function bundleOf(checkout: string): Promise<WorkflowBundle> {
  const reporter = join(root, 'test/support/journal-reporter.ts');
  const keys = [await digestOfFiles(['src', 'package-lock.json'], checkout), await digestOfFiles([reporter], '/')];
  return bundled(keys.join('-'), () => bundleWorkflows(join(checkout, 'src'), [reporter]));
}

/** The sources with one change in a file of them, bundled. Throws when the change changes nothing. */
export async function bundleOfChanged(file: string, from: string, to: string): Promise<WorkflowBundle> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-changed-'));
  try {
    await cp(join(root, 'src'), join(folder, 'src'), { recursive: true });
    for (const name of ['package.json', 'package-lock.json']) await cp(join(root, name), join(folder, name));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    const path = join(folder, 'src', file);
    const before = await readFile(path, 'utf8');
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${file} does not hold ${from}`);
    await writeFile(path, after);
    return await bundleOfSources(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Other workflows than Gantry's, in a folder or file of this checkout, with such modules of interceptors. */
export async function bundleOfTests(path: string, interceptors: readonly string[] = []): Promise<WorkflowBundle> {
  const key = [await digestOfFiles([path, 'src', 'package-lock.json']), interceptors.length].join('-');
  const workflowInterceptorModules = interceptors.map((module) => join(root, module));
  return bundled(key, () =>
    bundleWorkflowCode({ workflowsPath: join(root, path), workflowInterceptorModules, logger }),
  );
}

async function bundled(key: string, bundle: () => Promise<{ readonly code: string }>): Promise<WorkflowBundle> {
  const folder = await madeOnce('workflows', key, async (into) => {
    const { code } = await bundle();
    await writeFile(join(into, 'bundle.js'), code);
  });
  return { codePath: join(folder, 'bundle.js') };
}
