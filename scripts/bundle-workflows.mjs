// Bundles the compiled workflows once, so that a worker starts without doing it again.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const at = (path) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url));
const quiet = () => {};
const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error };

const { code } = await bundleWorkflowCode({
  workflowsPath: at('workflows/index.js'),
  workflowInterceptorModules: [at('workflows/journal-interceptor.js')],
  logger,
});
await mkdir(at('.'), { recursive: true });
await writeFile(at('workflow-bundle.js'), code);
