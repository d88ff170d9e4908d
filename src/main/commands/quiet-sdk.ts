import { DefaultLogger, type LogEntry, Runtime } from '@temporalio/worker';
import { errorLines } from '../lines.ts';

/** Of what Temporal's SDK logs, only warnings; signals are left to us, and slots told. Called before any worker is made. */
export function quietSdk(): void {
  // Three of our workers carry out activities only, which the SDK thinks worth a warning.
  const isExpected = ({ message }: { readonly message: string }) => message.startsWith('No workflows registered');
  const logger = new DefaultLogger('WARN', (entry) => {
    if (!isExpected(entry)) errorLines.write(`${entry.level}: ${entry.message}${whatOf(entry)}\n`);
  });
  // Signals are ours to answer: one that comes during the start must not end the workers alone.
  // `gantry doctor` asks Temporal which slots are free.
  Runtime.install({ logger, shutdownSignals: [], workerHeartbeatInterval: '10s' });
}

/** `, deliver: not-delivered: connection refused`: which activity it is about, and why; "Activity failed" alone does not help. */
function whatOf({ meta }: LogEntry): string {
  const { activityType, error } = (meta ?? {}) as { readonly activityType?: unknown; readonly error?: unknown };
  const why = error instanceof Error ? [`${codeOf(error)}${error.message}`] : [];
  const parts = [...(typeof activityType === 'string' ? [activityType] : []), ...why];
  return parts.length === 0 ? '' : `, ${parts.join(': ').replaceAll(/\s+/g, ' ').slice(0, 500)}`;
}

const codeOf = (error: Error) => ('type' in error && typeof error.type === 'string' ? `${error.type}: ` : '');
