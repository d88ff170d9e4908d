import type { Command } from 'commander';
import type { Terminal } from '../../cli/terminal.ts';
import { readConfig } from '../../config/config.ts';
import { type RunningDev, startDev } from '../dev.ts';
import { errorLines } from '../lines.ts';
import { untilParentGone } from '../parent.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { quietSdk } from './quiet-sdk.ts';

export function add(command: Command, terminal: Terminal): void {
  const { say } = terminal;
  command
    .option('--data <folder>', 'keeps everything over a restart', '.gantry')
    .option('--listen <host:port>', 'where the API listens; GANTRY_LISTEN, else 127.0.0.1:8080')
    .option('--stay', 'goes on when its terminal, or what has started it, is gone; else it ends, too')
    .action(async ({ data, listen, stay }: { data: string; listen?: string; stay?: true }) => {
      const config = readConfig({ ...process.env, ...(listen === undefined ? {} : { GANTRY_LISTEN: listen }) });
      const tell = (line: string) => errorLines.write(`${line}\n`);
      quietSdk();
      await runUntilSignal(
        async () => {
          say(`Starting (state in ${data}) …`);
          const running = await startDev({ config, data, environment: process.env, say });
          showDev(running, data, terminal);
          return running;
        },
        {
          also: stay ? undefined : untilParentGone(tell),
          onHangUp: () => {
            tell(stay ? 'The terminal is gone: going on (--stay).' : 'The terminal is gone: ending (--stay keeps it).');
            return stay ? 'stays' : 'ends';
          },
        },
      );
    });
}

function showDev({ endpoints, tokens, policyFile, records }: RunningDev, data: string, { say, paint }: Terminal): void {
  const row = (name: string, value: string) => say(`  ${paint.dim(name.padEnd(12))} ${value}`);
  say(paint.bold('Gantry is ready.'));
  row('API', `${endpoints.api} (${endpoints.api}/docs)`);
  if (endpoints.temporalUi === null) row('Temporal', `${endpoints.temporal} (TEMPORAL_ADDRESS)`);
  else row('Temporal UI', endpoints.temporalUi);
  row('Policy', policyFile);
  row('Records', records);
  row('Tokens', `${data}/tokens.json`);
  // Never into a pipe or a log.
  if (process.stdout.isTTY) for (const [subject, secret] of Object.entries(tokens)) row('', `${subject} ${secret}`);
}
