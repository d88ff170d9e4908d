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
