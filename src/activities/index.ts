import type { Activities } from '../domain/ports/activities.ts';
import { readConfiguration } from './checks/configuration.ts';
import { createCurrentRules } from './checks/current-rules.ts';
import { monitor } from './checks/monitor.ts';
import { observe } from './checks/observe.ts';
import { awaitWindow } from './checks/window.ts';
import type { ActivityDeps } from './deps.ts';
import { recordDocuments } from './documents/record-documents.ts';
import { writeDocuments } from './documents/write-documents.ts';
import { act, compensate } from './effects/effects.ts';
import { confirmGrant } from './effects/holding.ts';
import type { Nudges } from './engine/nudges.ts';
import { evaluateGates } from './gates/evaluate.ts';
import { readPage, verifyAcknowledgement } from './notifications/acknowledgements.ts';
import { deliverAgain } from './notifications/deliver-again.ts';
import { notifyWithRefused } from './notifications/notify-with-refused.ts';
import { recordDelivery } from './notifications/record-delivery.ts';
import { recordPage } from './notifications/record-page.ts';
import { recordNote } from './records/late-note.ts';
import { exportRecord, publishAndNotify } from './records/publish.ts';
import { closeReview } from './records/review.ts';
import { supervisionActivities } from './supervision/supervise.ts';
import { followDeployment, planRepair, recoverDeployment } from './targets/lost.ts';
import { findUnknownDeployments, freeNumber } from './targets/unknown-deployments.ts';
import { requireProvenAdoption } from './trust/vouching.ts';

export type { ActivityDeps } from './deps.ts';
export { createNudges } from './engine/nudges.ts';
export { journalInterceptor } from './journal/interceptor.ts';
export { createJournalTail } from './journal/tail.ts';

/** Activities as they are written: what they reach the world with is their first argument. */
type Written = {
  readonly [Name in keyof Activities]: (
    deps: ActivityDeps,
    input: Parameters<Activities[Name]>[0],
  ) => ReturnType<Activities[Name]>;
};

const written = {
  evaluateGates,
  act,
  compensate,
  confirmGrant,
  readConfiguration,
  writeDocuments,
  recordDocuments,
  notify: notifyWithRefused,
  deliver: deliverAgain,
  verifyAcknowledgement,
  readPage,
  recordPage,
  recordDelivery,
  publish: publishAndNotify,
  exportRecord,
  storeJournal: () => Promise.resolve(),
  saveTarget: ({ store }, state) => store.saveTarget(state),
  verifyAdoption: requireProvenAdoption,
  planRepair,
  recoverDeployment,
  followDeployment,
  findUnknownDeployments,
  freeNumber,
  closeReview,
  recordNote,
} satisfies Partial<Written>;

/** Every activity by its name. Those below share something from one call to the next. */
export function createActivities(deps: ActivityDeps, nudges: Nudges): Activities {
  const currentRules = createCurrentRules(deps);
  const bound = Object.entries(written).map(([name, work]) => [name, (input: never) => work(deps, input)]);
  return {
    ...(Object.fromEntries(bound) as Pick<Activities, keyof typeof written>),
    observe: (input) => observe(deps, nudges, input),
    monitor: (input) => monitor(deps, { currentRules, nudges }, input),
    ...supervisionActivities(deps),
    awaitWindow: (input) => awaitWindow(deps, currentRules, input),
  };
}
