/** The five stages of the validation pipeline, in their order. */
export const stages = ['integration', 'context', 'system', 'learning', 'production'] as const;
export type Stage = (typeof stages)[number];
