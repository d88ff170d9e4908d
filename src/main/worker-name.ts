import { hostname } from 'node:os';

/** How a worker on this machine is named in records. */
export function workerName(): string {
  return `${hostname()}/${process.pid}`;
}
