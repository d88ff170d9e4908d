import { defineConfig } from 'vitest/config';

/** What may kill a mutant: tests of rules, none of which waits for anything. */
export default defineConfig({
  test: {
    include: [
      'test/unit/domain/**/*.test.ts',
      'test/unit/activities/**/{approvals,guard}.test.ts',
      'test/unit/cli/evidence/reports.test.ts',
    ],
    runner: 'test/mutation/runner.ts',
    setupFiles: ['test/mutation/first-counterexample.ts'],
    // A mutant that takes all memory ends a process, and does it before the machine has none left.
    pool: 'forks',
    execArgv: ['--max-old-space-size=2048'],
    isolate: false,
    // Runs with mutants are bounded by what the test takes without any.
    testTimeout: 1_800_000,
    // A promise that a mutant has nobody wait for is no failed test.
    dangerouslyIgnoreUnhandledErrors: true,
  },
});
