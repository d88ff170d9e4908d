import type { Rule } from './quorum.ts';
import { type Waivable } from './waivable.ts';

/** An emergency's rules as a plan freezes them. */
export interface Emergency {
  readonly role: string;
  readonly waives: readonly Waivable[];
  /** The approval rules that hold for everything else. */
  readonly quorum: readonly { readonly role: string; readonly minimum: number }[];
  /** From the end of a deployment that changed something, in milliseconds. */
  readonly reviewWithinMs: number;
  /** Whether an overdue review keeps normal and standard changes from the target. */
  readonly blocksNext: boolean;
}

/** An emergency is looked into afterwards by its ticket, so its request names one. */
export function lacksTicket({
  type,
  ticket,
}: {
  readonly type: string;
  readonly ticket?: string | undefined;
}): boolean {
  return type === 'emergency' && ticket === undefined;
}

/** Who approves an emergency: its own role beside everybody else, or alone where the quorum is waived. */
export function emergencyRules(
  rules: readonly Rule[],
  { role, waives }: Pick<Emergency, 'role' | 'waives'>,
): readonly Rule[] {
  const own = { role, minimum: 1 };
  if (waives.includes('quorum')) return [own];
  return rules.some((rule) => rule.role === role) ? rules : [...rules, own];
}
