import { type BundleOptions, bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';

const quiet = () => {};
const logger = { log: quiet, trace: quiet, debug: quiet, info: quiet, warn: console.warn, error: console.error };

type Config = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];
type Rules = NonNullable<NonNullable<Config['module']>['rules']>;

/**
 * The SDK has sources compiled to the JavaScript of 2017, in which each spread of an object is a call of a helper. Every Node
 * that Gantry runs on knows that of 2022.
 */
function compiledFor2022(rules: Rules): Rules {
  return rules.map((rule) => {
    const use = typeof rule === 'object' && rule ? rule.use : null;
    if (typeof use !== 'object' || !use || !('loader' in use) || !use.loader?.includes('swc-loader')) return rule;
    const { jsc } = use.options as { readonly jsc: object };
    return {
      ...(rule as object),
      use: { ...use, options: { ...(use.options as object), jsc: { ...jsc, target: 'es2022' } } },
    };
  });
}

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
    webpackConfigHook: ({ module, ...config }) => ({
      ...config,
      devtool: 'inline-nosources-cheap-module-source-map',
      module: { ...module, rules: compiledFor2022(module?.rules ?? []) },
    }),
    logger,
  });
}
