/** The four named groups of validation checks. */
export const validationGroups = ['smoke', 'performance', 'integrations', 'features'] as const;
export type ValidationGroup = (typeof validationGroups)[number];
