import { proxySinks, type Sinks } from '@temporalio/workflow';

/**
 * What a workflow notifies its worker of at once, without a command or an event: only that there is something to read. A
 * notification may come twice, or be outdated after a crash, so the worker reads what there really is.
 */
export interface Doorbell extends Sinks {
  readonly gantry: {
    /** The journal of a deployment has grown to `seq`. */
    journalGrew(deployment: string, seq: number): void;
    /** It is about to cancel its health monitor, and waits for that. */
    monitorEnds(): void;
  };
}

export const { gantry: doorbell } = proxySinks<Doorbell>();
