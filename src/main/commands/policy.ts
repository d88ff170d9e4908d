import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { registerPolicy } from '../../cli/verbs/policy.ts';
import { checkPolicy, loadPolicy } from '../../files/policy.ts';
import { withStore } from './with-store.ts';

export function add(command: Command, { say, paint }: Terminal): void {
  registerPolicy(command, {
    terminal: { say, paint },
    environment: process.env,
    load: loadPolicy,
    check: checkPolicy,
    withStored: (work) => withStore((store) => work({ ...store, plan: ({ planDigest }) => store.plan(planDigest) })),
    now: Date.now,
  });
}
