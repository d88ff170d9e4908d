import { defineConfig } from 'vitest/config';

/** Suites that talk to a Temporal server; one server is started for all of them. */
const onTemporal = ['test/workflow/**', 'test/api/**', 'test/replay/**', 'test/system/**', 'test/unit/temporal/**'];

const common = { testTimeout: 60_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    pool: 'forks',
    // Two cores: more workers would only make each other late.
    maxWorkers: 2,
    projects: [
      { test: { ...common, name: 'unit', include: ['test/**/*.test.ts'], exclude: onTemporal } },
      {
        test: {
          ...common,
          name: 'temporal',
          include: onTemporal.map((folder) => `${folder}/*.test.ts`),
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
