import { approval } from './approval.ts';
import type { Gate } from './gate.ts';
import { healthAnswers } from './health-answers.ts';
import { healthAtStart } from './health-at-start.ts';
import { liveRelease } from './live-release.ts';
import { notified } from './notified.ts';
import { readiness } from './readiness.ts';
import { rehearsal } from './rehearsal.ts';
import { rollbackChecks } from './rollback-checks.ts';
import { stageGates } from './stages.ts';
import { window } from './window.ts';

const all = [
  ...stageGates,
  rehearsal,
  healthAnswers,
  notified,
  readiness,
  approval,
  window,
  liveRelease,
  rollbackChecks,
  healthAtStart,
] as const satisfies readonly Gate[];

export type GateName = (typeof all)[number]['name'];

/** Every gate, in the order of the process and of the record. */
export const gates: readonly (Gate & { readonly name: GateName })[] = all;
