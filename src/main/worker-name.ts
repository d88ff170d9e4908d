import { hostname } from 'node:os';

/** How this process is named: a worker in records and in Temporal, and any process in what it says of itself. */
export function workerName(): string {
  return `${hostname()}/${process.pid}`;
}
