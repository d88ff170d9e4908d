import { type RecoveryReport, type TargetFinding, tellingEntries } from '../../domain/target/recovery-report.ts';

/** A recovery for people, line by line. */
export function reportLines(report: RecoveryReport): readonly string[] {
  const { recovery, targets, deployments, freezes, keys, signingKeys } = report;
  const since = recovery.takenAt === null ? '' : `; the store is as of ${recovery.takenAt}`;
  return [
    `In recovery since ${recovery.beganAt}: ${recovery.why}${since}.`,
    ...section('Targets', targets.flatMap(targetLines)),
    ...section(
      'Deployments',
      deployments.flatMap(({ id, release, kind, stored, known, since }) => [
        `${id} (${release}): ${meaning[kind]}; the store has ${stored} of ${known} entries`,
        ...tellingEntries(since).map((line) => `  ${line}`),
      ]),
    ),
    ...section(
      'Freezes that the store does not know',
      freezes.map(
        ({ id, service, environment, createdBy, reason, deployment }) =>
          `${service}/${environment}: frozen by ${createdBy}: ${reason} (freeze ${id}, held ${deployment} back)`,
      ),
    ),
    ...section(
      'Kept from the store that was replaced',
      recovery.kept.map(({ kind, id }) => `${kind} ${id}`),
    ),
    ...section(
      'Keys that are out of force: gantry recovery confirm, or gantry token revoke',
      keys.map(({ id, subject, createdAt }) => `${id}  ${subject}  since ${createdAt}`),
    ),
    ...section('Keys that the API signs with: gantry recovery confirm, or gantry key retire', signingKeys),
  ];
}

const meaning = {
  behind: 'its history has more than the store',
  ahead: 'it runs on, and the store has more than its history: abort it, and look at what it did',
  whole: 'it went on after the backup',
  lost: 'the store says that it runs, and Temporal does not know it',
} as const;

function section(title: string, lines: readonly string[]): readonly string[] {
  return ['', `${title}:`, ...(lines.length === 0 ? ['  none'] : lines.map((line) => `  ${line}`))];
}

function targetLines({ service, environment, stored, told }: TargetFinding): readonly string[] {
  const name = `${service}/${environment}`;
  if (!told) return [`${name}: Temporal does not know it; the store says ${words(stored)}`];
  if (!stored) return [`${name}: the store does not know it; the target says ${words(told)}`];
  const [one, other] = [words(stored), words(told)];
  return one === other
    ? [`${name}: both say ${one}`]
    : [`${name}: the store says ${one}`, `  the target says ${other}`];
}

function words(of: TargetFinding['told']): string {
  if (!of) return 'nothing';
  const { live, slot, lock, fence, lastNumber } = of;
  const where = slot === null ? '' : ` in ${slot}`;
  return `live ${live?.release ?? 'unknown'}${where}, lock ${lock?.deployment ?? 'free'}, fence ${fence}, last number ${lastNumber}`;
}
