import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Suites that talk to a Temporal server: of the line that Gantry gets for itself. */
const onTemporal = ['test/workflow/**', 'test/api/**', 'test/replay/**', 'test/system/**', 'test/unit/temporal/**'];

/** Those that depend on what the server does, on the older line, too: not how we start and end its process. */
const onServer = [
  'test/unit/temporal/register-search-attributes',
  ...['success', 'supervision', 'new-builds'].map((name) => `test/workflow/${name}`),
];

/** Suites of databases, processes, git and files as they really are: none of them is over in a moment. */
const onRealParts = [
  ...['store', 'adapters', 'main', 'system', 'config'].map((folder) => `test/unit/${folder}/**`),
  'test/unit/*.test.ts',
  'test/faults/**',
  'test/mutation/**',
];

const common = {
  testTimeout: 60_000,
  hookTimeout: 180_000,
  // Loading all modules anew for each file is a quarter of what the suites cost.
  isolate: false,
};
const temporal = { globalSetup: ['test/support/global-setup.ts'], setupFiles: ['test/support/setup-temporal.ts'] };

/** The longest suites first, so that none of them is alone at the end; `npm test` runs `parts` beside the others (scripts/test.mjs). */
const projects = ['temporal', 'temporal-1.29', 'parts', 'unit'];

/** One project after the other: a process that has loaded the modules of one ends where the next file is of another. */
class ByProject extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ project }: TestSpecification) => projects.indexOf(project.name);
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    pool: 'forks',
    sequence: { sequencer: ByProject },
    // Two cores: suites wait as much as they compute; four at once are done a tenth sooner than three, and five no sooner.
    maxWorkers: 4,
    projects: [
      {
        // It writes types by TypeScript's own API, which TypeScript 7 has no more: it gets the one that ts-morph carries.
        resolve: { alias: { typescript: '@ts-morph/common/dist/typescript.js' } },
        test: {
          ...common,
          server: { deps: { inline: ['openapi-typescript'] } },
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...onTemporal, ...onRealParts],
        },
      },
      {
        test: { ...common, name: 'parts', include: onRealParts.map((files) => files.replace(/\*\*$/, '**/*.test.ts')) },
      },
      {
        test: {
          ...common,
          name: 'temporal',
          include: onTemporal.map((folder) => `${folder}/*.test.ts`),
          ...temporal,
        },
      },
      {
        test: {
          ...common,
          name: 'temporal-1.29',
          include: onServer.map((file) => `${file}.test.ts`),
          ...temporal,
        },
      },
    ],
  },
});
