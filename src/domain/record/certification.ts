import { excludedFrom } from '../deployment/approvals.ts';
import { isRightlyWaived, lastEvaluation, requiredGates } from '../gates/evaluate.ts';
import { entriesOf } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import { type Actor } from '../journal/values.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import { findPerson } from '../policy/find-person.ts';
import { type Attestation } from '../trust/attestation-key.ts';
import { type GateRow, gateRows, notRequired } from './gates.ts';
import { nameOf, type Source } from './source.ts';
import { buildSummary, type SignedSummary } from './summary.ts';

/** Who did something, by which way, and what it was worth. */
export interface SaidBy {
  readonly by: Actor;
  readonly at: string;
  readonly statement: string | null;
}
export interface ApprovalRow extends SaidBy {
  readonly gate: string;
  readonly role: string;
  readonly planDigest: string;
  readonly expiresAt: string | null;
  readonly duties: string;
  /** Why and when it stopped to count: `withdrawn 2026-…: reason`. */
  readonly ended: string | null;
}
export interface Certification {
  /** When the first step was let go, or null when none was. */
  readonly goAt: string | null;
  readonly required: number;
  readonly passed: number;
  readonly notPassed: readonly string[];
  /** What did not have to pass in an emergency, with what was found. */
  readonly waived: readonly string[];
  /** The standing approval that a standard change goes by. */
  readonly standing: {
    readonly approvedBy: readonly { readonly who: string; readonly role: string; readonly duties: string }[];
    readonly until: string;
    readonly digest: string;
  } | null;
  /** Where the rules let messages without a proof count, it is said beside each of them. */
  readonly unsigned: 'accept' | 'refuse';
  readonly gates: readonly GateRow[];
  readonly approvals: readonly ApprovalRow[];
  readonly rejections: readonly (SaidBy & { readonly gate: string })[];
  readonly acknowledgements: readonly (SaidBy & { readonly role: string; readonly for: 'readiness' | 'handoff' })[];
  /** Roles that were ready by schedule: nobody of them was asked. */
  readonly standingRoles: readonly string[];
  readonly refused: readonly {
    readonly at: string;
    readonly message: string;
    readonly by: string;
    readonly via: string;
    readonly code: string;
    readonly detail: string;
    /** Of what the API refused: how often that was, from when until when. */
    readonly counted?: { readonly times: number; readonly firstAt: string; readonly lastAt: string };
  }[];
  /** What somebody tried past the API. */
  readonly alerts: readonly { readonly at: string; readonly code: string; readonly what: string }[];
  readonly authors: readonly string[];
  /** Policies that came after the plan's, as they were found. */
  readonly policyChanges: readonly {
    readonly at: string;
    readonly digest: string;
    readonly changed: readonly string[];
    readonly count: number;
  }[];
  readonly notRequired: readonly string[];
  readonly policyDigest: string;
  /** Null in a repair, which certifies nothing. */
  readonly summary: SignedSummary | null;
}

export function buildCertification(source: Source, attestation: Attestation): Certification {
  const { plan, journal } = source;
  const rows = gateRows(source);
  const required = new Set<string>(requiredGates(plan));
  const counted = rows.filter(({ gate, verdict }) => required.has(gate) || verdict !== 'not-evaluated');
  const begun = journal.find(({ type }) => type === 'step-started' || type === 'compensation-started');
  const granted = begun && lastOf(journal, 'lock-granted', ({ seq }) => seq < begun.seq);
  const passed = counted.filter(({ verdict }) => verdict === 'passed').length;
  // Gates are evaluated again once the target is granted: what began did so after the last of them.
  const evaluated =
    begun && lastOf(journal, 'gate-evaluated', ({ seq }) => seq < begun.seq && seq > (granted?.seq ?? 0));
  const goAt = begun ? (evaluated?.at ?? granted?.at ?? begun.at) : null;
  const isRightly = (gate: string) => {
    const last = lastEvaluation(journal, gate);
    return last !== null && isRightlyWaived(plan, last);
  };
  const waivedGates = counted.filter(({ gate }) => isRightly(gate)).map(({ gate }) => gate);
  const isGo = goAt !== null && passed + waivedGates.length === counted.length;
  const waived = [...waivedGates, ...(isWaived(plan, 'quorum') ? ['quorum'] : [])];
  return {
    goAt,
    required: counted.length,
    passed,
    notPassed: counted
      .filter(({ verdict }) => verdict !== 'passed' && verdict !== 'waived')
      .map(({ title, verdict, found }) => `${title}: ${verdict === 'failed' ? (found ?? 'failed') : 'not evaluated'}`),
    waived: [
      ...rows.filter(({ verdict }) => verdict === 'waived').map(({ title, found }) => `${title} (${found ?? ''})`),
      ...waivedQuorum(plan),
    ],
    standing: standingRow(plan),
    unsigned: plan.policy.messages.unsigned,
    gates: rows,
    approvals: approvalRows(source),
    rejections: entriesOf(journal, 'rejected').map(({ by, at, gate, reason }) => {
      return { by, at, gate, statement: reason ?? null };
    }),
    acknowledgements: entriesOf(journal, 'acknowledged').flatMap((entry) => {
      const { by, at, role, for: what, statement = null } = entry;
      return what === 'page' ? [] : [{ by, at, role, for: what, statement }];
    }),
    standingRoles: plan.repair ? [] : (plan.policy.readiness?.onCall ?? []),
    refused: entriesOf(journal, 'message-refused').map(({ at, message, by, via, code, detail, counted: many }) => {
      return { at, message, by: nameOf(plan, by), via, code, detail, ...(many && { counted: many }) };
    }),
    alerts: entriesOf(journal, 'security-alert').map(({ at, code, what }) => ({ at, code, what })),
    authors: plan.change.authors.map((author) => nameOf(plan, author)),
    policyChanges: entriesOf(journal, 'policy-changed').map(({ at, digest, changed, count }) => {
      return { at, digest, changed, count };
    }),
    notRequired: notRequired(source),
    policyDigest: plan.policy.digest,
    summary: buildSummary(source, isGo, waived, attestation),
  };
}

/** An emergency needs one approval by its own role where the quorum is waived. */
function waivedQuorum(plan: Plan): readonly string[] {
  const { emergency } = plan.policy;
  if (!emergency || !isWaived(plan, 'quorum')) return [];
  const rules = emergency.quorum.map(({ role, minimum }) => `${minimum} ${role}`).join(', ');
  return [`Quorum (${rules}): one approval by ${emergency.role} instead`];
}

function standingRow(plan: Plan): Certification['standing'] {
  const { standing } = plan.policy;
  if (!standing || plan.repair) return null;
  const approvedBy = standing.approvedBy.map(({ subject, role }) => {
    return { who: nameOf(plan, subject), role, duties: separationOfDuties(plan, subject) };
  });
  return { approvedBy, until: standing.until, digest: standing.digest };
}

function approvalRows({ plan, journal }: Source): readonly ApprovalRow[] {
  return entriesOf(journal, 'approval-granted').map((entry) => {
    const { by, gate } = entry;
    const withdrawn = entriesOf(journal, 'approval-withdrawn').find(
      (later) => later.seq > entry.seq && later.gate === gate && later.by.subject === by.subject,
    );
    const lapsed = entriesOf(journal, 'approval-lapsed').find(
      (later) => later.seq > entry.seq && later.gate === gate && later.subject === by.subject,
    );
    return {
      by,
      at: entry.at,
      gate,
      role: entry.role,
      planDigest: entry.planDigest,
      expiresAt: entry.expiresAt,
      statement: entry.statement ?? null,
      duties: separationOfDuties(plan, by.subject),
      ended: withdrawn
        ? `withdrawn ${withdrawn.at}${withdrawn.reason === undefined ? '' : `: ${withdrawn.reason}`}`
        : lapsed
          ? `lapsed ${lapsed.at}: ${lapsed.why}`
          : null,
    };
  });
}

function separationOfDuties(plan: Plan, subject: string): string {
  if (!findPerson(plan.policy.people, subject)) return 'unknown to the policy';
  return excludedFrom(plan).has(subject) ? 'requester or author' : 'not requester, not author';
}
