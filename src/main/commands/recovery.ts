import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config/config.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { Recovery } from '../../domain/target/recovery.ts';
import { createHistories } from '../../temporal/histories.ts';
import { createJournals } from '../../temporal/journals.ts';
import { everyWorkflow } from '../../temporal/listing.ts';
import { createTargets } from '../../temporal/targets.ts';
import { newRecovery } from '../backup-file.ts';
import { readAttestationKey } from '../keys/attestation-key.ts';
import { endRecovery } from '../recovery/finish.ts';
import { reportLines } from '../recovery/lines.ts';
import { lookAround, type RecoverySources } from '../recovery/look.ts';
import { withStore } from './with-store.ts';
import { withTemporal } from './with-temporal.ts';

export function add(recovery: Command, { say }: Terminal): void {
  recovery
    .command('begin')
    .description('marks a store that was restored by other means than gantry restore: nothing begins, no key counts')
    .requiredOption('--why <text>', 'such as "point in time recovery to 09:12"')
    .action(({ why }: { why: string }) =>
      withStore(async (store) => {
        if (await store.recovery()) throw new GantryError('in-recovery', 'The store is in recovery already.');
        await store.beginRecovery(newRecovery(why, null));
        say('Nothing begins, and no key counts, until somebody has looked: gantry recovery show.');
      }),
    );
  recovery
    .command('show')
    .description('what the store says, beside what targets and histories say')
    .option('--json', 'for programs')
    .action(({ json }: { json?: true }) =>
      withSources(async (sources, open) => {
        const { report } = await lookAround(sources, open);
        if (json) return say(JSON.stringify(report, null, 2));
        for (const line of reportLines(report)) say(line);
      }),
    );
  recovery
    .command('confirm')
    .description('brings keys into force again')
    .argument('<id or subject...>', 'as gantry recovery show lists them')
    .action((named: string[]) =>
      withStore(async (store) => {
        const confirmed = await store.confirmKeys(named);
        say(confirmed.length === 0 ? 'No such key is out of force.' : `In force again: ${confirmed.join(', ')}.`);
      }),
    );
  recovery
    .command('end')
    .description('brings the store to the truth of the histories, and lets things begin again')
    .requiredOption('--by <who>', 'who has looked')
    .requiredOption('--reason <text>', 'what they found')
    .option('--lost', 'deployments that Temporal does not know are over')
    .action(({ by, reason, lost }: { by: string; reason: string; lost?: true }) =>
      withSources(async (sources, open) => {
        const attestationKey = await readAttestationKey(readConfig(process.env).secrets);
        const end = { at: new Date().toISOString(), by, reason, giveUpLost: lost === true, attestationKey };
        for (const line of await endRecovery(sources, open, end)) say(line);
        say('The recovery is over. Keys that nobody has confirmed stay out of force.');
      }),
    );
}

/** With the store and Temporal of the configuration. Throws `not-found` unless the store is in recovery. */
async function withSources(work: (sources: RecoverySources, open: Recovery) => Promise<unknown>): Promise<void> {
  await withStore(async (store) => {
    const open = await store.recovery();
    if (!open) throw new GantryError('not-found', 'The store is not in recovery.');
    await withTemporal(readConfig(process.env), async ({ client }) => {
      const sources: RecoverySources = {
        store,
        histories: createHistories(client),
        journals: createJournals(client),
        targets: createTargets(client),
        everyWorkflow: () => everyWorkflow(client),
      };
      await work(sources, open);
    });
  });
}
