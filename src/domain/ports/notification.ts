import type { Plan } from '../plan.ts';
import type { StakeholderEvent } from '../policy/policy.ts';

export interface NotifyInput {
  readonly deployment: string;
  readonly event: StakeholderEvent;
  readonly stakeholders: Plan['policy']['stakeholders'];
  readonly subject: string;
  readonly text: string;
}
export interface Delivery {
  readonly stakeholder: string;
  readonly how: string;
  readonly delivered: boolean;
  readonly summary: string;
}
