import type { Target } from '../../domain/target/state.ts';

/** The state of a target, as its parts share it. */
export interface Shared {
  readonly get: () => Target;
  readonly set: (next: Target) => void;
}
