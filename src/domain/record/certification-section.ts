import { excludedFrom } from '../deployment/excluded-approvers.ts';
import { isRightlyWaived, lastEvaluation, requiredGates } from '../gates/evaluate.ts';
import { entriesOf } from '../journal/entries.ts';
import { lastOf } from '../journal/read.ts';
import type { Plan } from '../plan/plan.ts';
import { isWaived } from '../plan/waivers.ts';
import { findPerson } from '../policy/find-person.ts';
import { type Attestation } from '../trust/attestation-key.ts';
import { gateRows } from './gate-rows.ts';
import { notRequired } from './not-required.ts';
import { nameOf, type Source } from './source.ts';
import { buildSummary } from './verification-summary.ts';

/** The first section of a record: the gates, who approved, and what was refused. */
export type Certification = ReturnType<typeof buildCertification>;
export type ApprovalRow = Certification['approvals'][number];

export function buildCertification(source: Source, attestation: Attestation) {
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
    /** When the first step was let go, or null when none was. */
    goAt,
    required: counted.length,
    passed,
    notPassed: counted
      .filter(({ verdict }) => verdict !== 'passed' && verdict !== 'waived')
      .map(({ title, verdict, found }) => `${title}: ${verdict === 'failed' ? (found ?? 'failed') : 'not evaluated'}`),
    /** What did not have to pass in an emergency, with what was found. */
    waived: [
      ...rows.filter(({ verdict }) => verdict === 'waived').map(({ title, found }) => `${title} (${found ?? ''})`),
      ...waivedQuorum(plan),
    ],
    standing: standingRow(plan),
    /** Where the rules let messages without a proof count, the record says so beside each of them. */
    unsigned: plan.policy.messages.unsigned,
    gates: rows,
    approvals: approvalRows(source),
    rejections: entriesOf(journal, 'rejected').map(({ by, at, gate, reason: statement = null }) => {
      return { by, at, gate, statement };
    }),
    acknowledgements: entriesOf(journal, 'acknowledged').flatMap((entry) => {
      const { by, at, role, for: what, statement = null } = entry;
      return what === 'page' ? [] : [{ by, at, role, for: what, statement }];
    }),
    /** Roles that were ready by schedule: they were not asked. */
    standingRoles: plan.repair ? [] : (plan.policy.readiness?.onCall ?? []),
    refused: entriesOf(journal, 'message-refused').map(({ at, message, by, via, code, detail, counted: many }) => {
      return { at, message, by: nameOf(plan, by), via, code, detail, ...(many && { counted: many }) };
    }),
    /** Attempts that went past the API. */
    alerts: entriesOf(journal, 'security-alert').map(({ at, code, what }) => ({ at, code, what })),
    authors: plan.change.authors.map((author) => nameOf(plan, author)),
    /** Policies that came after the plan's, as they were found. */
    policyChanges: entriesOf(journal, 'policy-changed').map(({ at, digest, changed, count }) => {
      return { at, digest, changed, count };
    }),
    notRequired: notRequired(source),
    policyDigest: plan.policy.digest,
    /** Null in a repair, which certifies nothing. */
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

/** The standing approval that a standard change goes by. */
function standingRow(plan: Plan) {
  const { standing } = plan.policy;
  if (!standing || plan.repair) return null;
  const approvedBy = standing.approvedBy.map(({ subject, role }) => {
    return { who: nameOf(plan, subject), role, duties: separationOfDuties(plan, subject) };
  });
  return { approvedBy, until: standing.until, digest: standing.digest };
}

function approvalRows({ plan, journal }: Source) {
  return entriesOf(journal, 'approval-granted').map((entry) => {
    const { by, at, gate, role, planDigest, expiresAt, statement = null } = entry;
    const withdrawn = entriesOf(journal, 'approval-withdrawn').find(
      (later) => later.seq > entry.seq && later.gate === gate && later.by.subject === by.subject,
    );
    const lapsed = entriesOf(journal, 'approval-lapsed').find(
      (later) => later.seq > entry.seq && later.gate === gate && later.subject === by.subject,
    );
    const reason = withdrawn?.reason === undefined ? '' : `: ${withdrawn.reason}`;
    /** Why and when it stopped to count. */
    const ended = withdrawn
      ? `withdrawn ${withdrawn.at}${reason}`
      : lapsed
        ? `lapsed ${lapsed.at}: ${lapsed.why}`
        : null;
    const duties = separationOfDuties(plan, by.subject);
    return { by, at, gate, role, planDigest, expiresAt, statement, duties, ended };
  });
}

function separationOfDuties(plan: Plan, subject: string): string {
  if (!findPerson(plan.policy.people, subject)) return 'unknown to the policy';
  return excludedFrom(plan).has(subject) ? 'requester or author' : 'not requester, not author';
}
