import type { Activities } from '../domain/ports/activities.ts';
import { readConfiguration } from './checks/configuration.ts';
import { createCurrentRules } from './checks/current-rules.ts';
import { observationActivities } from './checks/observation.ts';
import { windowActivities } from './checks/window.ts';
import type { ActivityDeps } from './deps.ts';
import { recordDocuments } from './documents/record-documents.ts';
import { writeDocuments } from './documents/write-documents.ts';
import { effectActivities } from './effects/effects.ts';
import { confirmGrant } from './effects/holding.ts';
import type { Nudges } from './engine/nudges.ts';
import { gateActivities } from './gates/evaluate.ts';
import { readPage, verifyAcknowledgement } from './notifications/acknowledgements.ts';
import { deliverAgain } from './notifications/deliver-again.ts';
import { notifyWithRefused } from './notifications/notify-with-refused.ts';
import { recordDelivery } from './notifications/record-delivery.ts';
import { recordPage } from './notifications/record-page.ts';
import { recordActivities } from './records/publish.ts';
import { supervisionActivities } from './supervision/supervise.ts';
import { aftermathActivities } from './targets/lost.ts';
import { requireProvenAdoption } from './trust/vouching.ts';

export type { ActivityDeps } from './deps.ts';
export { createNudges } from './engine/nudges.ts';
export { journalInterceptor } from './journal/interceptor.ts';
export { createJournalTail } from './journal/tail.ts';

/** Everything that workflows may ask of the world, by the names they know it by. */
export function createActivities(deps: ActivityDeps, nudges: Nudges): Activities {
  const outlook = createCurrentRules(deps);
  return {
    ...gateActivities(deps),
    ...effectActivities(deps),
    ...observationActivities(deps, outlook, nudges),
    ...windowActivities(deps, outlook),
    ...recordActivities(deps),
    ...aftermathActivities(deps),
    confirmGrant: (input) => confirmGrant(deps, input),
    ...supervisionActivities(deps),
    verifyAdoption: (input) => requireProvenAdoption(deps, input),
    readConfiguration: (input) => readConfiguration(deps, input),
    writeDocuments: (input) => writeDocuments(deps, input),
    recordDocuments: (input) => recordDocuments(deps, input),
    notify: (input) => notifyWithRefused(deps, input),
    deliver: (input) => deliverAgain(deps, input),
    verifyAcknowledgement: (input) => verifyAcknowledgement(deps, input),
    recordPage: (input) => recordPage(deps, input),
    readPage: (input) => readPage(deps, input),
    recordDelivery: (input) => recordDelivery(deps, input),
  };
}
