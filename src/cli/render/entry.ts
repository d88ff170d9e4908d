import type { JournalEntry } from '../../domain/journal/entries.ts';
import type { StopCause } from '../../domain/journal/values.ts';
import { plain } from '../terminal.ts';
import { shortened } from './steps.ts';

/** An entry of a journal in one line: `2026-11-30T07:12:01.345Z   12  step-started           switch (attempt 1)`. */
export function entryLine(entry: { readonly at: string; readonly seq: number; readonly type: string }): string {
  const head = `${entry.at}  ${String(entry.seq).padStart(3)}  ${entry.type.padEnd(22)}`;
  return `${head} ${shortened(plain(safely(entry as JournalEntry)))}`.trimEnd();
}

/** An entry that another version of Gantry has written may lack what this one reads. */
function safely(entry: JournalEntry): string {
  try {
    return describeEntry(entry);
  } catch {
    return '';
  }
}

/** What an entry says beside its type. */
function describeEntry(entry: JournalEntry): string {
  switch (entry.type) {
    case 'requested':
      return `${entry.service} ${entry.release} to ${entry.environment} by ${entry.requester.name}: ${entry.change.summary}`;
    case 'plan-frozen':
      return `${entry.planDigest}, ${entry.steps} steps by ${entry.procedure}`;
    case 'phase-entered':
      return entry.phase;
    case 'gate-evaluated':
      return `${entry.gate}: ${entry.verdict} (${entry.found})`;
    case 'waiting-started':
      return [entry.wait.kind, entry.wait.step, entry.wait.role, entry.wait.reason].filter(Boolean).join(' · ');
    case 'waiting-ended':
      return entry.kind;
    case 'approval-granted':
    case 'approval-withdrawn':
    case 'rejected':
      return `${entry.gate} by ${entry.by.name}${'role' in entry ? ` as ${entry.role}` : ''}`;
    case 'acknowledged':
      return `${entry.for} by ${entry.by.name} as ${entry.role}`;
    case 'abort-requested':
    case 'paused':
    case 'resumed':
      return `by ${entry.by.name}${entry.reason === undefined ? '' : `: ${entry.reason}`}`;
    case 'note-added':
      return `${entry.severity}, by ${entry.by.name}: ${entry.statement}`;
    case 'message-refused':
      return `${entry.message} of ${entry.by}: ${entry.code}, ${entry.detail}`;
    case 'lock-granted':
      return `fence ${entry.fence}`;
    case 'step-started':
    case 'compensation-started':
      return `${entry.step} (attempt ${entry.attempt})`;
    case 'action-completed':
      return `${entry.step}: ${entry.outcome.kind} (${entry.outcome.summary})`;
    case 'attempt-lost':
    case 'attempt-not-begun':
      return `${entry.step} (attempt ${entry.attempt}): ${entry.why}`;
    case 'read-back':
    case 'check-completed':
      return [entry.step, 'check' in entry ? entry.check : null, `${entry.verdict} (${entry.summary})`]
        .filter(Boolean)
        .join(': ');
    case 'step-completed':
    case 'compensation-completed':
      return `${entry.step}: ${entry.result} (${entry.summary})`;
    case 'health-started':
      return entry.baseline.map(({ check, verdict }) => `${check} ${verdict}`).join(', ');
    case 'health-breached':
      return `${entry.check}: ${entry.verdict} (${entry.summary})`;
    case 'health-observed':
      return entry.summaries
        .map(({ check, samples, failed, errors }) => `${check}: ${samples} samples, ${failed} failed, ${errors} errors`)
        .join('; ');
    case 'rollback-started':
      return describeCause(entry.cause);
    case 'rollback-completed':
      return `${entry.result} (${entry.summary})`;
    case 'deviation':
      return `${entry.severity} ${entry.code}: ${entry.what}`;
    case 'notified':
      return `${entry.stakeholder} of ${entry.event}: ${entry.delivered ? 'delivered' : 'not delivered'} (${entry.summary})`;
    case 'confirmed':
      return `${entry.live.release} serves`;
    case 'record-published':
      return `${entry.state}: ${entry.path}`;
    case 'ended':
      return `${entry.outcome}${entry.cause === null ? '' : `: ${describeCause(entry.cause)}`}`;
    case 'approval-lapsed':
      return `${entry.gate} of ${entry.subject}: ${entry.why}`;
    case 'policy-changed':
      return `${entry.digest}: ${entry.changed.join(', ')}`;
    case 'security-alert':
      return `${entry.code}: ${entry.what}`;
    case 'lock-requested':
      return `until ${entry.until}`;
    case 'lock-released':
      return entry.why;
    case 'page-opened':
      return `${entry.page}, to be acknowledged until ${entry.until}`;
    case 'page-ended':
      return `${entry.page}: ${entry.acknowledgement === null ? 'nobody has acknowledged it' : 'acknowledged'}`;
    case 'delivery-ended':
      return entry.delivery;
    case 'configuration-read':
      return `${entry.source}, ${entry.moment}`;
    case 'document-written':
      return `${entry.repository} ${entry.path}: ${entry.result}`;
    case 'document-failed':
      return `${entry.repository} ${entry.path}: ${entry.trouble}, ${entry.why}`;
    case 'document-pending':
      return `${entry.repository} ${entry.path}`;
    case 'review-opened':
      return `due ${entry.dueAt}`;
    case 'review-closed':
      return `by ${entry.by.name}: ${entry.findings}`;
  }
}

function describeCause(cause: StopCause): string {
  if ('summary' in cause) return `${cause.kind}: ${cause.summary}`;
  if (cause.kind === 'abort') return `abort by ${cause.by.name}${cause.reason === null ? '' : `: ${cause.reason}`}`;
  return cause.kind === 'superseded' ? `superseded by ${cause.by}` : cause.kind;
}
