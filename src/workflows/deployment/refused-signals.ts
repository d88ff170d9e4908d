import type { ErrorCode } from '../../domain/base/error-codes.ts';
import { fieldsOf } from '../../domain/base/fields.ts';
import type { DeploymentRun } from './run.ts';

/** What a refused signal leaves in the journal at most so many times; a flood must not drown the rest. */
const refusalsKept = 100;

/** Why something is refused. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** A signal has no answer: one that is refused, or cannot be parsed, is journaled as `message-refused`. */
export class RefusedSignals {
  private readonly run: DeploymentRun;
  private refusals = 0;

  constructor(run: DeploymentRun) {
    this.run = run;
  }

  /** Answers whether there was room for it. */
  journal(name: string, raw: unknown, { code, detail }: Refusal): boolean {
    this.refusals += 1;
    // A journal that has ended takes no more entries.
    if (this.refusals > refusalsKept || this.run.state.outcome !== null) return false;
    const message = { message: shown(name), by: subjectIn(raw), via: 'signal' } as const;
    this.run.append({ type: 'message-refused', ...message, code, detail });
    return true;
  }
}

/** The sender as a message names them, as text that every store takes. */
export function subjectIn(raw: unknown): string {
  const { by } = fieldsOf(raw);
  return typeof by === 'string' ? shown(by).slice(0, 250) : 'unknown';
}

/** Free text without half characters or control characters. */
function shown(text: string): string {
  return text
    .slice(0, 500)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '\uFFFD');
}
