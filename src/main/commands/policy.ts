import type { Command } from 'commander';
import { registerPolicy } from '../../cli/policy.ts';
import type { Terminal } from '../../cli/terminal.ts';
import { checkPolicy, loadPolicy } from '../load-policy.ts';
import { withStore } from './with-store.ts';

export function addPolicy(program: Command, { say, paint }: Terminal): void {
  registerPolicy(program, {
    terminal: { say, paint },
    environment: process.env,
    load: loadPolicy,
    check: checkPolicy,
    withStored: (work) => withStore((store) => work({ ...store, plan: ({ planDigest }) => store.plan(planDigest) })),
    now: Date.now,
  });
}
