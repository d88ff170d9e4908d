import { workflowInfo } from '@temporalio/workflow';
import type { Warrant } from '../../domain/messages/warrant.ts';
import type { Bindings } from '../../domain/plan/bindings.ts';
import { bindingsFor } from '../../domain/plan/bindings.ts';
import { partName, placeOf } from '../../domain/plan/seals.ts';
import type { DeploymentInput } from '../../domain/ports/deployments.ts';
import type { OfRun, RunIdentity, Workplace } from '../../domain/ports/run-identity.ts';
import { partSealOf, type Seals } from '../../domain/trust/seal.ts';
import { MainScope } from './main-scope.ts';
import { Pages } from './pages.ts';

/** A deployment that acts: by what right, and on what its references mean. Whatever part of it does so is made of this. */
export class ActingRun extends MainScope {
  /** The API's signatures; null where it has no key. */
  readonly seals: Seals | null;
  readonly pages = new Pages(this);
  /** The API's warrant for this run. */
  warrant: Warrant | null = null;

  private readonly presumed: DeploymentInput['presumed'];

  constructor(input: DeploymentInput) {
    super(input);
    this.seals = input.seals;
    this.presumed = input.presumed;
  }

  /** References as the lock bound them; before it, as they were presumed at the request. */
  get bindings(): Bindings {
    const { live, slot } = this.presumed;
    return this.state.bindings ?? bindingsFor(this.plan, this.id, 0, live, slot);
  }

  get runIdentity(): RunIdentity {
    const { runId, firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
    return {
      deployment: this.id,
      target: `${this.plan.service}/${this.plan.environment}`,
      fence: this.bindings.fence,
      runId,
      firstRunId: firstExecutionRunId,
      continuedFrom: continuedFromExecutionRunId ?? null,
      warrant: this.warrant,
    };
  }

  /** The plan whole, as an activity gets it. */
  get sealedPlan() {
    const { runIdentity, plan, planDigest, seals } = this;
    return { runIdentity, plan, planDigest, seals };
  }

  get workplace(): Workplace {
    const { procedure, inline, files, slots } = placeOf(this.plan);
    return { procedure, inline, files, slots, seal: partSealOf(this.seals, partName.place) };
  }

  /** What an activity gets with this part of the plan. */
  sealed(part: string): OfRun {
    const { runIdentity, workplace, bindings } = this;
    return { runIdentity, workplace, bindings, seal: partSealOf(this.seals, part) };
  }
}
