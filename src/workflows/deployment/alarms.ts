import type { ErrorCode } from '../../domain/base/error-codes.ts';
import type { Via } from '../../domain/messages/messages.ts';
import type { ActingRun } from './acting.ts';
import { notifyInBackground } from './notify.ts';

/** So many alerts are journaled; a flood must not drown the rest. */
const alertsKept = 20;

/** Attempts that went past the API: journaled, and paged once a kind. */
export class Alarms {
  private readonly run: ActingRun;
  private readonly paged = new Set<ErrorCode>();
  private raised = 0;

  constructor(run: ActingRun) {
    this.run = run;
  }

  /** Whether one more would be journaled. */
  get hasRoom(): boolean {
    return this.raised < alertsKept;
  }

  raise(code: ErrorCode, what: string, by: string, via: Via | null): void {
    const { run } = this;
    // A journal that has ended takes no more entries.
    if (!this.hasRoom || run.state.outcome !== null) return;
    this.raised += 1;
    run.append({ type: 'security-alert', code, what, by, via });
    if (this.paged.has(code)) return;
    this.paged.add(code);
    notifyInBackground(run, 'page', `Security: ${what}`);
  }
}
