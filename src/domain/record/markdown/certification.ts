import { bold, code, join, link, type Markdown, md, table } from '../../base/markdown.ts';
import { onCallWords } from '../../policy/readiness.ts';
import type { ApprovalRow, Certification } from '../certification-section.ts';
import type { GateRow } from '../gate-rows.ts';
import type { SignedSummary } from '../verification-summary.ts';
import { counted, digest, identity, listed, paragraph, person, tableOf, time, verdict } from './words.ts';

export function renderCertification(part: Certification, isDraft: boolean): readonly string[] {
  return [
    paragraph(decision(part, isDraft)),
    ...tableOf(['Gate', 'Required', 'Found', 'Verified at', 'Verdict'], part.gates, gateRow),
    ...waived(part),
    ...approvals(part),
    ...acknowledgements(part),
    ...refusals(part),
    ...alerts(part),
    paragraph(...policyChanges(part)),
    paragraph(md`Authors: ${listed(part.authors, 'none named')}.`),
    ...summary(part),
  ];
}

function policyChanges({ policyChanges: found, policyDigest }: Certification): readonly Markdown[] {
  return found.map(({ at, digest: other, changed, count }) => {
    const more = count > changed.length ? [`${count - changed.length} more`] : [];
    const what = count === 0 ? 'nothing that counts for this target' : join([...changed, ...more], ', ');
    return md`The policy was found changed ${time(at)}: ${digest(other)} differs in ${what}. This deployment keeps the rules of ${digest(policyDigest)}; people and roles that were removed count at once.`;
  });
}

/** Shown beside the digest of the policy that allows it, and never counted as passed. */
function waived({ waived: what, policyDigest }: Certification): readonly string[] {
  if (what.length === 0) return [];
  return [paragraph(md`**Waived** by policy ${digest(policyDigest)} for an emergency: ${join(what, '; ')}.`)];
}

function standingLine({ approvedBy, until, digest: of }: NonNullable<Certification['standing']>): Markdown {
  const people = approvedBy.map(({ who, role, duties }) => md`${who} as ${role} (${duties})`);
  const who = join(people, '; ');
  return md`**Standing approval** of procedure ${digest(of)} until ${until} (UTC, that day included), by ${who}.`;
}

function decision({ goAt, required, passed, notPassed }: Certification, isDraft: boolean): Markdown {
  if (required === 0) return md`No gate is required: this undoes what an earlier deployment left.`;
  const left = required - passed - notPassed.length;
  const evaluated = md`${passed} of ${required} required gates passed${left === 0 ? md`` : md`, ${left} waived`}${notPassed.length === 0 ? md`` : md`; not passed: ${join(notPassed, '; ')}`}.`;
  const assumption = md`Assumption of the process, covered by stage context: all context operations were completed during validation.`;
  if (goAt !== null) return md`**GO** at ${time(goAt)}: ${evaluated} ${assumption}`;
  return md`**${isDraft ? 'NOT YET' : 'NO GO'}**: ${evaluated} ${assumption}`;
}

function gateRow(row: GateRow): readonly (string | Markdown)[] {
  const evaluated =
    row.evaluatedBefore.length === 0 ? md`` : md`, evaluated before ${join(row.evaluatedBefore.map(time))}`;
  const moment = row.moment === null || row.moment === 'verifying' ? md`` : md` (at the ${row.moment})`;
  const found = [
    row.url === null ? null : link(row.url),
    row.digest === null ? null : digest(row.digest),
    row.found,
    row.fault === null ? null : bold(row.fault),
  ];
  return [
    row.title,
    row.required ?? '',
    join(found),
    row.at === null ? '' : md`${time(row.at)}${moment}${evaluated}`,
    verdict(row.verdict),
  ];
}

function approvals({ approvals: rows, standing, rejections, unsigned }: Certification): readonly string[] {
  const head = ['Approved by', 'Role', 'At', 'Channel, identity', 'For', 'Separation of duties'];
  const given = rows.map((row) => {
    const { by, role, at, duties } = row;
    return [person(by), role, time(at), identity(by, unsigned), approvedWhat(row), duties];
  });
  const rejected = rejections.map(
    ({ by, at, gate, statement }) =>
      md`**Rejected** by ${person(by)} ${time(at)} (${identity(by, unsigned)}) at gate ${gate}: ${statement ?? 'no reason given'}`,
  );
  return [
    paragraph(standing && standingLine(standing)),
    rows.length === 0 ? (standing ? 'No other approval was given.' : 'No approval was given.') : table(head, given),
    paragraph(...rejected),
  ];
}

function approvedWhat({ planDigest, gate, statement, ended }: ApprovalRow): Markdown {
  return join([
    md`plan ${digest(planDigest)}`,
    gate === 'start' ? null : md`step ${gate}`,
    statement === null ? null : md`“${statement}”`,
    ended === null ? null : bold(ended),
  ]);
}

function acknowledgements({ acknowledgements: rows, standingRoles, unsigned }: Certification): readonly string[] {
  const standing =
    standingRoles.length === 0
      ? []
      : [md`Readiness without asking: ${join(standingRoles.map(onCallWords), '; ')}.`.markdown];
  if (rows.length === 0) return ['No acknowledgement was given.', ...standing];
  const head = ['Acknowledged by', 'For', 'Role', 'At', 'Channel, identity', 'Statement'];
  const given = rows.map(({ by, for: what, role, at, statement }) => {
    return [person(by), what, role, time(at), identity(by, unsigned), statement ?? ''];
  });
  return [table(head, given), ...standing];
}

function refusals({ refused }: Certification): readonly string[] {
  if (refused.length === 0) return [];
  const rows = refused.map(({ message, by, at, via, code: why, detail, counted: many }) => [
    message,
    by,
    many && many.times > 1
      ? md`${many.times} times, ${time(many.firstAt)} to ${time(many.lastAt)}`
      : time(many?.firstAt ?? at),
    via,
    md`${code(why)}: ${detail}`,
  ]);
  const times = refused.reduce((sum, { counted: many }) => sum + (many?.times ?? 1), 0);
  return [`${counted(times, 'message')} refused:`, table(['Message', 'By', 'At', 'Channel', 'Refused with'], rows)];
}

function alerts({ alerts: rows }: Certification): readonly string[] {
  if (rows.length === 0) return [];
  const cells = rows.map(({ code: why, at, what }) => [code(why), time(at), what]);
  return [`${counted(rows.length, 'security alert')}:`, table(['Security alert', 'At', 'What'], cells)];
}

/** What the certification comes to, with the digests of all that it rests on; JSON has the envelope. */
function summary({ summary: signed }: Certification): readonly string[] {
  if (!signed) return [];
  const { predicate } = signed.statement;
  const digestOf = (resource: { readonly digest: { readonly sha256: string } }) =>
    digest(`sha256:${resource.digest.sha256}`);
  const row = [
    md`**${predicate.verificationResult}** at ${time(predicate.timeVerified)}`,
    digestOf(predicate.gantry_plan),
    digestOf(predicate.policy),
    join(predicate.inputAttestations.map((one) => md`${one.uri.replace(/^.*:/, '')} ${digestOf(one)}`)),
    signedBy(signed),
  ];
  return [table(['Verification summary', 'Plan', 'Policy', 'Evidence', 'Signed by'], [row])];
}

function signedBy({ signer, unsigned }: SignedSummary): Markdown {
  if (signer) return md`key ${code(signer.keyId)} (${signer.algorithm})`;
  return unsigned === 'unpublished'
    ? md`**not signed**: it is when the record is published`
    : md`**not signed**: the worker has no attestation key`;
}
