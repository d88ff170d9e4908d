import { defineConfig } from 'vitest/config';

/** What may kill a mutant: tests of rules, none of which waits for anything. */
export default defineConfig({
  test: {
    include: [
      'test/unit/{domain,record}/**/*.test.ts',
      'test/unit/activities/**/{approvals,effects,guard,seals,vouching}.test.ts',
    ],
    isolate: false,
    testTimeout: 60_000,
  },
});
