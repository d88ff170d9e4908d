import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const quiet = () => {};
const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error };

/**
 * Bundles the workflows of a folder of sources, so that a worker starts without doing it again. `interceptors`: modules of
 * more of them, which see what Gantry's own has done.
 */
export function bundleWorkflows(
  folder: string,
  interceptors: readonly string[] = [],
): Promise<WorkflowBundleWithSourceMap> {
  const at = (path: string) => `${folder}/${path}.ts`;
  return bundleWorkflowCode({
    workflowsPath: at('workflows/index'),
    workflowInterceptorModules: [at('workflows/engine/journal-interceptor'), ...interceptors],
    // Pure, and shared by all workflows of a thread: the tables that ed25519 needs cost each replay 35 ms otherwise, and
    // what one replay has verified the next one need not.
    preloadModules: [at('domain/messages/proof')],
    // Every thread reads the map at its start, and for every promise that a workflow makes. Lines of sources are enough to
    // find a fault by; columns, and the sources themselves, are four fifths of it.
    webpackConfigHook: (config) => ({ ...config, devtool: 'inline-nosources-cheap-module-source-map' }),
    logger,
  });
}
