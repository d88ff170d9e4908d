import { DefaultLogger, Runtime } from '@temporalio/worker';
import { errorLines } from '../lines.ts';

/** Of what Temporal's SDK logs, only warnings; and it leaves signals to us. Called before any worker is made. */
export function quietSdk(): void {
  // Three of our workers carry out activities only, which the SDK thinks worth a warning.
  const isExpected = ({ message }: { readonly message: string }) => message.startsWith('No workflows registered');
  const logger = new DefaultLogger('WARN', (entry) => {
    if (!isExpected(entry)) errorLines.write(`${entry.level}: ${entry.message}\n`);
  });
  // Signals are ours to answer: one that comes during the start must not end the workers alone.
  Runtime.install({ logger, shutdownSignals: [] });
}
