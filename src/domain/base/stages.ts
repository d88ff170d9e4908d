/**
 * The five stages of the validation pipeline, in their order, and what each means. Evidence proves that one passed.
 *
 * - `integration`: the parts work together
 * - `context`: configuration, dependencies and contracts of the target environment hold
 * - `system`: the whole works, end to end
 * - `learning`: findings of earlier runs and incidents are tested, or accepted by name
 * - `production`: it is ready for production: load, security, data migration, rollback
 */
export const stages = ['integration', 'context', 'system', 'learning', 'production'] as const;
export type Stage = (typeof stages)[number];
