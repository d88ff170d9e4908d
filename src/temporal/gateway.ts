import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { GantryError, hasCode } from '../domain/base/errors.ts';
import {
  pageWorkflowId,
  parseDeploymentId,
  type TargetName,
  targetWorkflowId,
  workflowOfDeployment,
} from '../domain/base/ids.ts';
import { checkPayload } from '../domain/base/payload-limit.ts';
import type { Status } from '../domain/deployment/status.ts';
import type { PageAcknowledgementClaim } from '../domain/journal/paging.ts';
import type { PageAcknowledgement } from '../domain/journal/values.ts';
import type { MessageArgument, MessageName } from '../domain/messages/messages.ts';
import type { Warrant } from '../domain/messages/warrant.ts';
import type { SealedPlan } from '../domain/plan/seals.ts';
import type { LateNote } from '../domain/target/late-notes.ts';
import type { Adopted, FoundRequest, Requested, RequestKey, Resolution } from '../domain/target/requests.ts';
import type { ReviewClosing } from '../domain/target/reviews.ts';
import type { Target } from '../domain/target/state.ts';
import type { TargetView } from '../domain/target/view.ts';
import type { MetByAbort } from '../workflows/deployment/queries.ts';
import { answerMs, queryMs } from './answer-time.ts';
import { explain, isCutOff, isWorthRepeating, nullIfUnknown } from './failures.ts';
import { askForRest, wholeDeployment } from './journals.ts';
import { listed } from './listing.ts';
import { type Heard, heardOf } from './monitors.ts';
import { type StartingUpdate, updateOrStartTarget } from './start-target.ts';

/** What the API needs of Temporal, and nothing else. Every call answers or throws a GantryError within its deadline. */
export type Gateway = ReturnType<typeof createGateway>;

/** A workflow, and how errors name it. */
interface Addressee {
  readonly what: string;
  readonly handle: WorkflowHandle;
}

const retryMs = 50;

/** More pages of one deployment than these are not waited for at once. */
const maxPages = 20;

/** Speaks to Temporal through one client. */
export function createGateway(client: Client) {
  const { workflow } = client;
  const targetAt = ({ service, environment }: TargetName): Addressee => ({
    what: `Target ${service}/${environment}`,
    handle: workflow.getHandle(targetWorkflowId(service, environment)),
  });
  const deploymentAt = (id: string, runId?: string): Addressee => {
    const workflowId = workflowOfDeployment(id);
    if (!workflowId) throw new GantryError('not-found', `There is no deployment ${JSON.stringify(id.slice(0, 200))}.`);
    return { what: `Deployment ${id}`, handle: workflow.getHandle(workflowId, runId) };
  };
  const pageAt = (deployment: string, page: string): Addressee => ({
    what: `Page ${page} of ${deployment}`,
    handle: workflow.getHandle(pageWorkflowId(deployment, page)),
  });

  const call = async <T>(ms: number, what: string, run: () => Promise<T>): Promise<T> => {
    const until = Date.now() + ms;
    for (;;) {
      try {
        return await client.withDeadline(until, run);
      } catch (error) {
        if (!isWorthRepeating(error) || Date.now() + retryMs >= until) throw explain(error, what, ms);
        await delay(retryMs);
      }
    }
  };

  const query = <T>({ what, handle }: Addressee, ms: number, name: string, ...args: readonly unknown[]) =>
    call(ms, what, () => handle.query<T, unknown[]>(name, ...args));

  /** Sends an update, each time under the same id: one that is repeated is answered, not done again. */
  const send = <T>(what: string, once: (updateId: string) => Promise<T>, first: string = randomUUID()): Promise<T> => {
    let updateId = first;
    return call(answerMs, what, async () => {
      try {
        return await once(updateId);
      } catch (error) {
        // No workflow has seen it, and Temporal would answer the same under this id for as long as it remembers it.
        if (isCutOff(error)) updateId = randomUUID();
        throw error;
      }
    });
  };

  const update = async <T>({ what, handle }: Addressee, name: string, argument: unknown): Promise<T> => {
    checkPayload(argument, `The argument of ${name}`);
    return send(what, (updateId) => handle.executeUpdate<T, [unknown]>(name, { args: [argument], updateId }));
  };

  const updateTarget = async <T>(
    name: TargetName,
    message: StartingUpdate,
    argument: unknown,
    known: Target | null,
    operation?: string,
  ): Promise<T> => {
    checkPayload(argument, `The argument of ${message}`);
    const { what } = targetAt(name);
    const once = (updateId: string) =>
      updateOrStartTarget<T>(client, name, { what, message, argument, known, updateId });
    return send(what, once, operation);
  };

  /** Null where Temporal does not know the workflow. */
  const described = (find: () => Addressee) =>
    nullIfUnknown(async () => {
      const { what, handle } = find();
      return call(queryMs, what, () => handle.describe());
    });

  /** Whether a deployment's workflow runs, has ended, or is unknown. */
  const describe = async (id: string): Promise<'running' | 'ended' | 'unknown'> => {
    const found = await described(() => deploymentAt(id));
    if (!found) return 'unknown';
    return found.status.name === 'RUNNING' ? 'running' : 'ended';
  };

  return {
    describe,

    /** When a deployment's newest run began, in milliseconds since the epoch; null where there is none. */
    startedAt: async (id: string) => (await described(() => deploymentAt(id)))?.startTime.getTime() ?? null,

    /** The run of a deployment that its own target has started; null where there is none. */
    async startedRun(id: string) {
      const found = await described(() => deploymentAt(id));
      // Anybody who reaches Temporal can start a workflow under any name, but not as the child of a target.
      const name = parseDeploymentId(id);
      const isOfTarget =
        name && found?.parentExecution?.workflowId === targetWorkflowId(name.service, name.environment);
      return found && isOfTarget ? found.runId : null;
    },

    /** Gives a run its warrant; one that has ended needs none. */
    async warrant(id: string, warrant: Warrant): Promise<void> {
      await nullIfUnknown(async () => {
        const { what, handle } = deploymentAt(id, warrant.runId);
        await call(answerMs, what, () => handle.signal('warrant', warrant));
      });
    },

    /**
     * Asks the target for a new deployment; the same key finds the same one. Throws `needs-intervention` when the target
     * was terminated, `idempotency-key-reused` when the key came with another body. `known`: what a target that Temporal
     * does not know begins with.
     */
    request: (name: TargetName, argument: RequestKey & SealedPlan, known: Target | null) =>
      updateTarget<Requested>(name, 'request', argument, known),

    /** Whether Temporal knows a target, running or not. */
    hasTarget: async (name: TargetName) => (await described(() => targetAt(name))) !== null,

    /** The deployment that a key has led to; null when the target knows none, or is not there. Starts nothing. */
    async requested(name: TargetName, key: RequestKey): Promise<Requested | null> {
      const found = await nullIfUnknown(() => query<FoundRequest>(targetAt(name), answerMs, 'requested', key));
      if (found?.kind === 'other-body')
        throw new GantryError(
          'idempotency-key-reused',
          `This Idempotency-Key came with another body before: ${found.id}.`,
        );
      return found?.kind === 'found' ? found.requested : null;
    },

    /** `operation`: a UUID. A run of the target answers it again where it comes again, and does it once. */
    adopt: (name: TargetName, argument: Adopted, operation: string, known: Target | null) =>
      updateTarget<TargetView>(name, 'adopt', argument, known, operation),

    /** `known`: what the store knows, for a target that was terminated or that Temporal does not know; null: only a running one can resolve. */
    resolve: (name: TargetName, argument: Resolution, known: Target | null) =>
      updateTarget<Requested>(name, 'resolve', argument, known),

    /** Asks a running target to close a review; it does so once the deployment's record has it. */
    review: (name: TargetName, argument: ReviewClosing) => update<TargetView>(targetAt(name), 'review', argument),

    /** Has the target of a deployment that has ended write a note into its record, soon after it has answered. */
    async noteAfterEnd(name: TargetName, argument: LateNote): Promise<void> {
      await update(targetAt(name), 'note', argument);
    },

    /**
     * An update, answered with the number of the last entry then; `abort` is a signal, stored even while no worker lives,
     * and answered with 0. Throws `ended` or `not-found`.
     */
    async message(id: string, name: MessageName, argument: MessageArgument): Promise<number> {
      const deployment = deploymentAt(id);
      try {
        if (name !== 'abort') return (await update<{ readonly seq: number }>(deployment, name, argument)).seq;
        checkPayload(argument, 'The argument of abort');
        await call(answerMs, deployment.what, () => deployment.handle.signal(name, argument));
        return 0;
      } catch (error) {
        // Temporal answers "not found" for a closed workflow too.
        if (hasCode(error, 'not-found') && (await describe(id)) === 'ended')
          throw new GantryError('ended', `Deployment ${id} has ended.`, { cause: error });
        throw error;
      }
    },

    /** What an abort that was sent before has met. */
    metByAbort: async (id: string, withinMs: number) => query<MetByAbort>(deploymentAt(id), withinMs, 'abort'),

    status: async (id: string, viewer: string | null, withinMs = queryMs) =>
      query<Status>(deploymentAt(id), withinMs, 'status', viewer ?? undefined),

    /** What the workflow has in its journal beyond `after`, ready to be stored. */
    async rest(id: string, after: number) {
      const { what, handle } = deploymentAt(id);
      return call(queryMs, what, () => askForRest(handle, after));
    },

    /** All that Temporal has of a deployment, ready to be kept, whether or not a worker lives; null where it does not know it (any more). */
    async whole(id: string) {
      const { what, handle } = deploymentAt(id);
      return call(answerMs, what, () => wholeDeployment(client, handle.workflowId));
    },

    /** What the health monitor of a deployment said last, without a worker being asked; null: there is none. */
    async heard(id: string): Promise<Heard | null> {
      return nullIfUnknown(async () => {
        const { what, handle } = deploymentAt(id);
        return call(queryMs, what, () => heardOf(handle, client));
      });
    },

    target: (name: TargetName) => query<TargetView>(targetAt(name), queryMs, 'target'),

    /** Pages about a deployment that are under way, by their names, as Temporal's index has them, which may be a moment behind. */
    async openPages(deployment: string): Promise<readonly string[]> {
      if (!parseDeploymentId(deployment)) return [];
      const begin = pageWorkflowId(deployment, '');
      const query = `WorkflowType = 'page' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${begin}'`;
      return call(queryMs, `Pages of ${deployment}`, async () => {
        const ids = await listed(client, query, maxPages);
        return ids.map((workflowId) => workflowId.slice(begin.length));
      });
    },

    /** Acknowledges a page. Throws `not-found` for one that does not wait, and what its workflow refuses it with. */
    acknowledgePage: (deployment: string, page: string, claim: PageAcknowledgementClaim) =>
      update<PageAcknowledgement>(pageAt(deployment, page), 'acknowledge', claim),

    /** Whether there was such a page, which has ended. */
    async isPageOver(deployment: string, page: string): Promise<boolean> {
      const found = await described(() => pageAt(deployment, page));
      return found !== null && found.status.name !== 'RUNNING';
    },

    async ping(): Promise<void> {
      const { namespace } = client.options;
      await call(queryMs, 'Temporal', () => client.workflowService.describeNamespace({ namespace }));
    },
  };
}
