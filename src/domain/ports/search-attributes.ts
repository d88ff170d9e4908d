import type { Plan } from '../plan/plan.ts';

/** Search attributes of every deployment, all of them keywords, as typed keys of the SDK's shape. */
const keyword = (name: string) => ({ name, type: 'KEYWORD' as const });

export const searchAttributes = {
  service: keyword('GantryService'),
  environment: keyword('GantryEnvironment'),
  release: keyword('GantryRelease'),
  phase: keyword('GantryPhase'),
  outcome: keyword('GantryOutcome'),
  requester: keyword('GantryRequester'),
} as const;

/** What a deployment that begins is found by. */
export function searchedBy({ service, environment, release, requester }: Plan) {
  return [
    { key: searchAttributes.service, value: service },
    { key: searchAttributes.environment, value: environment },
    { key: searchAttributes.release, value: release },
    { key: searchAttributes.requester, value: requester.subject },
    { key: searchAttributes.phase, value: 'verifying' },
  ];
}
