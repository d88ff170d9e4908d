// What the linter holds the code to. The order of rooms is that of the arrows in ARCHITECTURE.md: none points back, and no
// import comes round to where it began.

/** The wings of `src/domain` in order: each imports itself and those before it. */
export const wings = [
  'base',
  'trust',
  'messages',
  'kinds',
  'policy',
  'evidence',
  'plan',
  'journal',
  'health',
  'deployment',
  'documents',
  'configuration',
  'supervision',
  'target',
  'rehearsal',
  'gates',
  'ports',
  'planning',
  'backtest',
  'record',
];

/** Imports of these rooms, by whoever stands beside them or beneath. */
const from = (...rooms) => `^(\\.\\./)+(${rooms.join('|')})[/.]`;
const node = { regex: '^node:', message: 'It is pure: what it knows of the machine comes in as data.' };
const temporal = (message) => ({ regex: '^@temporalio/', message });
// Time zones change with the machine that knows them, so a window's verdict is data.
const windows = {
  regex: from('calendar', 'policy/calendar', 'explain', 'policy/explain'),
  message: 'Workflows carry this with them: a window is judged in activities and in the API.',
};
/** Beside the domain: each says what may come in, and nothing else does. */
const rooms = [
  'contract',
  'workflows',
  'activities',
  'adapters',
  'store',
  'temporal',
  'api',
  'cli',
  'files',
  'system',
  'main',
  'config',
];
const only = (message, ...imported) => ({ regex: from(...rooms.filter((room) => !imported.includes(room))), message });
const outside = only('The domain imports only itself.');
const libraries = (regex) => ({ regex, message: 'The domain is pure: it imports zod, @noble and itself.' });

const restrict = (files, ...patterns) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

/** Wings whose files workflows never load. */
const beyondWorkflows = new Set(['planning', 'backtest']);

function wing(name, i) {
  const later = wings.slice(i + 1);
  const order = { regex: from(...later), message: `The wing ${name} stands before these: see ARCHITECTURE.md.` };
  return restrict(
    [`src/domain/${name}/**`],
    node,
    outside,
    libraries('^([a-y]|@[a-mo-z])'),
    ...(later.length > 0 ? [order] : []),
    ...(beyondWorkflows.has(name) ? [] : [windows]),
  );
}

const after = (name) => wings.slice(wings.indexOf(name) + 1);

export default {
  plugins: ['typescript', 'import', 'unicorn', 'promise', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  ignorePatterns: ['dist', 'node_modules', 'test/replay/histories', 'src/contract/paths.ts'],
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'no-eval': 'error',
    'no-new-func': 'error',
    'no-restricted-properties': [
      'error',
      {
        object: 'AbortSignal',
        property: 'timeout',
        message:
          'Nobody holds its timer: on Node 20 it can be collected and never fires. Use src/system/time-limit.ts.',
      },
      {
        object: 'AbortSignal',
        property: 'any',
        message:
          'It holds on to none of its signals: a limit in it can be collected and never fires. Use src/system/time-limit.ts.',
      },
    ],
    'no-shadow': 'off',
    'no-await-in-loop': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'import/no-unassigned-import': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'vitest/require-mock-type-parameters': 'off',
    'typescript/consistent-return': 'off',
    'unicorn/no-thenable': 'off',
    'promise/always-return': 'off',
  },
  overrides: [
    { files: ['src/**'], rules: { 'import/no-cycle': ['error', { ignoreTypes: false }] } },
    ...wings.map(wing),
    restrict(
      ['src/domain/policy/{calendar,explain}/**'],
      node,
      outside,
      libraries('^([a-qsu-y]|r[^r]|t[^e]|@[a-mo-z])'),
      { regex: from(...after('policy')), message: 'The wing policy stands before these: see ARCHITECTURE.md.' },
    ),
    restrict(
      ['src/workflows/**'],
      node,
      windows,
      only('Workflows import the domain.', 'workflows'),
      { regex: from('domain/planning', 'domain/backtest'), message: 'Workflows plan nothing.' },
      { regex: '^([a-z]|@[a-su-z])', message: 'Workflows import @temporalio/workflow and the domain.' },
      {
        regex: '^@temporalio/(client|worker|activity|proto)',
        message: 'Workflow code runs in Temporal’s sandbox.',
      },
    ),
    restrict(
      ['src/adapters/**'],
      only('Adapters import domain and system.', 'adapters', 'system'),
      temporal('Adapters know nothing of Temporal.'),
    ),
    restrict(
      ['src/store/**'],
      only('The store imports domain and system.', 'store', 'system'),
      temporal('The store knows nothing of Temporal.'),
    ),
    restrict(
      ['src/activities/**'],
      only('Activities import domain, adapters, store and system.', 'activities', 'adapters', 'store', 'system'),
    ),
    restrict(
      ['src/temporal/**'],
      { regex: '/workflows/', allowTypeImports: true, message: 'Only types of the workflows.' },
      only('The gateway imports domain, system and types of workflows.', 'temporal', 'system', 'workflows'),
    ),
    restrict(['src/contract/**'], only('The contract imports the domain.', 'contract'), {
      regex: '^([a-y]|@)',
      message: 'The contract imports zod and the domain.',
    }),
    restrict(
      ['src/api/**'],
      only(
        'The API imports domain, contract, store, gateway and system.',
        'api',
        'contract',
        'store',
        'temporal',
        'system',
      ),
      temporal('The API reaches Temporal through the gateway.'),
    ),
    restrict(
      ['src/cli/**'],
      only('The command line speaks HTTP; it imports domain, contract and system.', 'cli', 'contract', 'system'),
      temporal('The command line speaks HTTP.'),
    ),
    restrict(
      ['src/files/**'],
      only('Files are read by domain, adapters and system.', 'files', 'adapters', 'system'),
      temporal('Files know nothing of Temporal.'),
    ),
    restrict(
      ['src/system/**'],
      only('What the machine offers knows the domain only.', 'system'),
      temporal('What the machine offers knows nothing of Temporal.'),
    ),
    restrict(['src/config/**'], only('The configuration knows domain and system.', 'config', 'system')),
  ],
};
