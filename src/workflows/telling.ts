import type { CancellationScope } from '@temporalio/workflow';
import type { Asked, StakeholderEvent } from '../domain/kinds/notification.ts';
import { tell } from './notify.ts';
import type { DeploymentRun } from './run.ts';

/** What people are told beside whatever else a deployment does: nothing waits for it but the end. */
export class Telling {
  private readonly run: DeploymentRun;
  private readonly shelter: CancellationScope;
  private underway: Promise<unknown> = Promise.resolve();

  /** `shelter`: where it goes on, whatever ends the deployment early. */
  constructor(run: DeploymentRun, shelter: CancellationScope) {
    this.run = run;
    this.shelter = shelter;
  }

  start(event: StakeholderEvent, what: string | Asked): void {
    // `tell` has journaled what could not be delivered.
    this.track(this.shelter.run(() => tell(this.run, event, what)));
  }

  /** Something else that must be over, or handed on, before the deployment closes. */
  track(work: Promise<void>): void {
    this.underway = Promise.allSettled([this.underway, work]);
  }

  /** Resolves once nothing more is under way. */
  async done(): Promise<void> {
    let last: Promise<unknown> | null = null;
    while (last !== this.underway) {
      last = this.underway;
      await last;
    }
  }
}
