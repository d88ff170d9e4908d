import { defineSignal, log, setDefaultSignalHandler, setHandler } from '@temporalio/workflow';
import { argumentOf } from './updates-and-queries.ts';

// A signal that cannot be parsed never fails a workflow's task: it would do so for ever. What is in one is read by
// `domain/ports/received.ts` and `domain/messages/read.ts`.

/** Receives a signal. What `take` throws is a fault of Gantry's own: it is logged, and ends nothing. */
export function onSignal(name: string, take: (raw: unknown) => void): void {
  setHandler(defineSignal<unknown[]>(name), (...args) => heard(name, () => take(argumentOf(args))));
}

/** Receives signals by any other name. Called last: signals that are buffered go to the handler of their own name first. */
export function onUnknownSignal(take: (name: string) => void): void {
  setDefaultSignalHandler((name) => heard(name, () => take(name.slice(0, 100))));
}

function heard(name: string, take: () => void): void {
  try {
    take();
  } catch (error) {
    log.error('A signal could not be taken', { signal: name.slice(0, 100), error });
  }
}
