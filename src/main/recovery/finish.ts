import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { canonicalJson, digestOf } from '../../domain/base/canonical-json.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { WholeDeployment } from '../../domain/deployment/history.ts';
import { completed } from '../../domain/deployment/lost.ts';
import { deploymentRowOf } from '../../domain/deployment/row.ts';
import { lastRecorded } from '../../domain/journal/covered-by-record.ts';
import { entriesOf } from '../../domain/journal/entries.ts';
import { wholeJournal } from '../../domain/journal/whole.ts';
import { renderRecord } from '../../domain/record/markdown/record.ts';
import { buildRecord } from '../../domain/record/record.ts';
import type { Recovery, RecoveryEnd } from '../../domain/target/recovery.ts';
import type { FreezeFinding, TargetFinding } from '../../domain/target/recovery-report.ts';
import type { AttestationKey } from '../../domain/trust/attestation-key.ts';
import { type Store } from '../../store/index.ts';
import { keepWhole } from '../../store/whole.ts';
import { type Compared, type Look, lookAround, type RecoverySources } from './look.ts';

export interface EndOptions extends RecoveryEnd {
  /** A person has confirmed that deployments are over which run by the store and are unknown to Temporal: it may be the wrong Temporal. */
  readonly giveUpLost: boolean;
  /** With which workers sign what records certify; null: records that the store lacks are built as they are asked for. */
  readonly attestationKey: AttestationKey | null;
}

/** Deployments go on writing their journals meanwhile. */
const rounds = 5;
/** Between two of them, in milliseconds. */
const againMs = 1_000;

/**
 * Brings the store to the truth of the histories, then lets things begin again. Answers what was done, line by line.
 * Throws `in-recovery` where something is left that only a person can decide, `journal-conflict`, and as
 * {@link lookAround} does.
 */
export async function endRecovery(
  sources: RecoverySources,
  recovery: Recovery,
  options: EndOptions,
): Promise<readonly string[]> {
  const { store } = sources;
  const done: string[] = [];
  for (let round = 1; ; round += 1) {
    const look = await lookAround(sources, recovery);
    requireDecided(look, options);
    const open = look.compared.filter(({ finding: { kind } }) => kind === 'behind' || kind === 'lost');
    const isPatient = round < rounds && look.compared.some(({ known }) => isUnpublished(known));
    if (open.length === 0 && !isPatient) {
      // A journal that others have completed meanwhile may still be without its plan and its record.
      for (const { known } of look.compared) {
        await store.savePlan(known.planDigest, known.plan, known.seals);
        const record = await keepRecord(store, known, options.attestationKey);
        if (record !== '') done.push(`${known.id}${record}.`);
      }
      for (const target of look.report.targets) done.push(...(await keepTarget(store, target)));
      for (const freeze of look.report.freezes)
        done.push(await keepFreeze(store, freeze, look.report.freezes, options.at));
      await store.endRecovery(options);
      return done;
    }
    if (round > rounds) throw new GantryError('not-ready', 'Journals go on growing: end the recovery again.');
    for (const one of open) done.push(await complete(store, one, options));
    if (isPatient) await delay(againMs);
  }
}

/** Only its workflow has what followed on its end, and answers once a worker is there. */
function isUnpublished({ journal }: WholeDeployment): boolean {
  return journal.at(-1)?.type === 'ended';
}

function requireDecided({ report, compared }: Look, { giveUpLost }: EndOptions): void {
  if (report.signingKeys.length > 0)
    throw new GantryError(
      'in-recovery',
      `Nobody has said whether these keys still sign for the API: ${report.signingKeys.join(', ')}. Confirm each (gantry recovery confirm), or retire it (gantry key retire).`,
    );
  const lost = compared.filter(({ finding }) => finding.kind === 'lost');
  if (lost.length > 0 && !giveUpLost)
    throw new GantryError(
      'in-recovery',
      `The store says that these run, and Temporal does not know them: ${lost.map(({ finding }) => finding.id).join(', ')}. If this is the right Temporal, say --lost.`,
    );
}

async function complete(store: Store, { finding, known }: Compared, options: EndOptions): Promise<string> {
  const { id } = known;
  const isLost = finding.kind === 'lost';
  const hadLock = entriesOf(known.journal, 'lock-granted').length > 0;
  const journal = isLost ? completed({ ...known, hadLock }, 'Temporal does not know it', options.at) : known.journal;
  const whole = isLost ? { ...known, journal, row: deploymentRowOf(known, journal) } : known;
  await keepWhole(store, whole);
  const record = await keepRecord(store, whole, options.attestationKey);
  const outcome = entriesOf(journal, 'ended').at(-1)?.outcome;
  return `${id}: ${finding.stored} entries, now ${journal.length}${outcome ? `, ${outcome}` : ''}${record}.`;
}

/** The very record that was published, where it can be built again: its digest stands in the journal. */
async function keepRecord(
  store: Store,
  { id, planDigest, journal }: WholeDeployment,
  attestationKey: AttestationKey | null,
): Promise<string> {
  const published = entriesOf(journal, 'record-published').findLast(({ state }) => state === 'final');
  if (!published || (await store.record(id))?.state === 'final') return '';
  const lastSeq = lastRecorded(journal)?.seq ?? 0;
  const covered = await wholeJournal(store, id, lastSeq);
  // As the store writes it: records are built of that, and the order of its keys shows in them.
  const plan = await store.plan(planDigest);
  if (!plan) return '';
  for (const attestation of [attestationKey ?? 'no-key', 'no-key'] as const) {
    const record = buildRecord(plan, planDigest, covered, { state: 'final', attestation });
    const markdown = renderRecord(record);
    const digest = digestOf(markdown);
    if (digest !== published.digest) continue;
    await store.claimRecordPath(id, basename(published.path), `${id}-${basename(published.path)}`);
    await store.saveRecord({
      deployment: id,
      state: 'final',
      lastSeq,
      digest,
      markdown,
      document: canonicalJson(record),
    });
    return ', with its record';
  }
  return ', without its record (it needs the key that workers sign with)';
}

/** Brings a copy that is behind to the state of the target itself, whose next save has a higher version. */
async function keepTarget(store: Store, { service, environment, told }: TargetFinding): Promise<readonly string[]> {
  const stored = await store.target(service, environment);
  if (!told) return [];
  const { lastNumber, fence, live, slot, lock } = stored ?? {};
  if (stored && canonicalJson({ lastNumber, fence, live, slot, lock }) === canonicalJson(told)) return [];
  const version = (stored?.version ?? 0) + 1;
  await store.saveTarget({ ...told, service, environment, reviews: stored?.reviews ?? [], version });
  return [
    `${service}/${environment}: as its target says, live ${told.live?.release ?? 'unknown'}, fence ${told.fence}.`,
  ];
}

/** The freeze held a target back, which stays so until a person lifts it. */
async function keepFreeze(
  store: Store,
  { id, service, environment, reason, from, until, createdBy, deployment }: FreezeFinding,
  all: readonly FreezeFinding[],
  at: string,
): Promise<string> {
  const isOnly = all.filter((one) => one.id === id).length === 1;
  await store.addFreeze({
    id: isOnly ? id : `${id}.${service}.${environment}`,
    scope: { kind: 'target', service, environment },
    reason: `${reason} (from the journal of ${deployment})`,
    from,
    until,
    createdAt: from < at ? from : at,
    createdBy,
    lifted: null,
  });
  return `${service}/${environment}: frozen by ${createdBy}, as ${deployment} tells: ${reason}.`;
}
