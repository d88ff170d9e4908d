import { proxySinks, type Sinks } from '@temporalio/workflow';

/**
 * What a workflow tells its worker at once, without a command or an event: only that there is something to look at. It
 * may be told twice, or of what comes otherwise after a crash, so nobody takes its word for what there is.
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
