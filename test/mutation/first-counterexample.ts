import { configureGlobal } from 'fast-check';

// That a test fails with a mutant is enough: the smallest input with which it fails is not looked for.
configureGlobal({ endOnFailure: true });
