import type { Command } from 'commander';
import { type PolicyTest, testPolicy } from '../../domain/backtest/past-change.ts';
import { parseDuration } from '../../domain/base/duration.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { evaluateWindow } from '../../domain/policy/calendar/evaluate-window.ts';
import { describeZoneData } from '../../domain/policy/calendar/zone-data.ts';
import { type Calendar } from '../../domain/policy/explain/explain.ts';
import { explainWindows } from '../../domain/policy/explain/windows.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { timeZoneData } from '../../system/time-zone-data.ts';
import { type ApiOptions, openApi } from '../api-client.ts';
import type { Environment } from '../environment.ts';
import { type PastFilter, type PastSource, pastByApi, pastChanges } from '../past-changes.ts';
import { faultCount, renderFaults, type ShownFault } from '../render/faults.ts';
import { type LoadedPolicy, renderPolicy, renderTest } from '../render/policy.ts';
import { type Terminal } from '../terminal.ts';

export interface PolicyDeps {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** Reads and checks a policy file. Throws with the place of every fault. */
  readonly load: (file: string) => Promise<LoadedPolicy>;
  /** The same, with every fault as data. Throws where there is no file. */
  readonly check: (file: string) => Promise<{
    readonly loaded: LoadedPolicy | null;
    readonly faults: readonly ShownFault[];
    /** The file as it was read. */
    readonly text: string;
  }>;
  /** Reads from the store that GANTRY_STORE names, which is open while `work` lasts. */
  readonly withStored: <T>(work: (source: PastSource) => Promise<T>) => Promise<T>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface TestOptions extends ApiOptions, PastFilter {
  readonly json?: true;
}

/** `gantry policy check` and `gantry policy test`. */
export function registerPolicy(policy: Command, deps: PolicyDeps): void {
  const { terminal, load } = deps;
  policy
    .command('check')
    .description('explains a policy file; fails with every fault and its line when it is broken')
    .argument('<file>', 'the policy')
    .action(async (file: string) => {
      const { loaded, faults, text } = await deps.check(file);
      if (loaded) for (const line of renderPolicy(loaded, terminal.paint, calendarAt(deps.now()))) terminal.say(line);
      if (faults.length === 0) return;
      for (const line of renderFaults({ name: file, text }, faults, terminal.paint)) terminal.say(line);
      terminal.say(terminal.paint.red(faultCount(faults)));
      process.exitCode = 1;
    });
  policy
    .command('test')
    .description('evaluates stored deployments anew: which would this policy have refused, and why')
    .argument('<file>', 'the new policy')
    .option('--since <when>', 'requested since: a time back such as 30d, or a day such as 2026-01-31; else all')
    .option('--service <name>', 'deployments of this service')
    .option('--environment <name>', 'deployments in this environment')
    .option('--api <url>', 'reads by HTTP; else the store that GANTRY_STORE names')
    .option('--token-file <file>', 'with --api: a file with your token; else GANTRY_TOKEN')
    .option('--json', 'prints the findings as JSON')
    .action(async (file: string, options: TestOptions) => {
      const loaded = await load(file);
      const found = await evaluatePast(loaded.policy, options, deps);
      if (options.json) terminal.say(JSON.stringify({ policyDigest: loaded.digest, ...found }, null, 2));
      else for (const line of renderTest(found, loaded.digest, terminal.paint)) terminal.say(line);
    });
}

async function evaluatePast(policy: Policy, options: TestOptions, deps: PolicyDeps): Promise<PolicyTest> {
  const { service, environment, api, tokenFile } = options;
  const filter = { service, environment, since: sinceOf(options.since, deps.now()) };
  const evaluate = (source: PastSource) => testPolicy(policy, pastChanges(source, filter), evaluateWindow);
  if (api === undefined) return deps.withStored(evaluate);
  return evaluate(pastByApi(await openApi({ api, tokenFile }, deps.environment)));
}

function sinceOf(when: string | undefined, now: number): string | undefined {
  if (when === undefined) return undefined;
  const ms = parseDuration(when);
  if (ms !== undefined) return new Date(now - ms).toISOString();
  if (/^\d{4}-\d{2}-\d{2}$/.test(when) && !Number.isNaN(Date.parse(when))) return new Date(when).toISOString();
  throw new GantryError('malformed', `--since ${JSON.stringify(when)}: write 30d, at most 90d, or a day: 2026-01-31.`);
}

function calendarAt(now: number): Calendar {
  const data = timeZoneData(now);
  return {
    now,
    data: `${describeZoneData(data)}, which comes with the runtime here; API and workers have their own (/readyz, records)`,
    isOld: data.isOld,
    windows: (rules) => explainWindows(rules, now),
  };
}
