import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import { GantryError } from '../domain/base/errors.ts';
import { deploymentWorkflowId, pageWorkflowId, parseDeploymentId, targetWorkflowId } from '../domain/base/ids.ts';
import { checkPayload } from '../domain/base/payload-limit.ts';
import { taskQueues } from '../domain/base/task-queues.ts';
import type { WholeDeployment } from '../domain/deployment/history.ts';
import type { Status } from '../domain/deployment/status.ts';
import type { JournalBatch } from '../domain/journal/batch.ts';
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
import type { MetByAbort } from '../workflows/deployment/messages.ts';
import type { target } from '../workflows/target/target.ts';
import { explain, isCutOff, isWorthRepeating } from './failures.ts';
import { askForRest, wholeDeployment } from './journals.ts';

export interface TargetName {
  readonly service: string;
  readonly environment: string;
}

/** What the API needs of Temporal, and nothing else. Every call answers or throws a GantryError within its deadline. */
export interface Gateway {
  /**
   * Asks the target for a new deployment; the same key finds the same one. Throws `needs-intervention` when the target
   * was terminated, `idempotency-key-reused` when the key came with another body. `known`: what a target that Temporal does
   * not know begins with.
   */
  request(name: TargetName, argument: RequestKey & SealedPlan, known: Target | null): Promise<Requested>;
  /** The deployment that a key has led to; null when the target knows none, or is not there. Starts nothing. */
  requested(name: TargetName, key: RequestKey): Promise<Requested | null>;
  /** `operation`: a UUID. What has come to a run of the target under it is answered again, not done again. */
  adopt(name: TargetName, argument: Adopted, operation: string, known: Target | null): Promise<TargetView>;
  /** `known`: what the store knows, for a target that was terminated or that Temporal does not know; null: only a running one can resolve. */
  resolve(name: TargetName, argument: Resolution, known: Target | null): Promise<Requested>;
  /** Asks a running target to close a review; it does so once the deployment's record says so. */
  review(name: TargetName, argument: ReviewClosing): Promise<TargetView>;
  /** Has the target of a deployment that has ended write a note into its record, soon after it has answered. */
  noteAfterEnd(name: TargetName, argument: LateNote): Promise<void>;
  /**
   * An update, answered with the number of the last entry then; `abort` is a signal, stored even while no worker lives, and
   * answered with 0. Throws `ended` or `not-found`.
   */
  message(deployment: string, name: MessageName, argument: MessageArgument): Promise<number>;
  /** What an abort has met that was sent before. */
  metByAbort(deployment: string, withinMs: number): Promise<MetByAbort>;
  status(deployment: string, viewer: string | null, withinMs?: number): Promise<Status>;
  /** What the workflow has in its journal beyond `after`, ready to be stored. */
  rest(deployment: string, after: number): Promise<JournalBatch>;
  /** All that Temporal tells of a deployment, ready to be kept, whether or not a worker lives; null where it does not know it (any more). */
  whole(deployment: string): Promise<WholeDeployment | null>;
  target(name: TargetName): Promise<TargetView>;
  /** Whether Temporal knows a target, running or not. */
  hasTarget(name: TargetName): Promise<boolean>;
  /** Whether a deployment's workflow runs, has ended, or is unknown. */
  describe(deployment: string): Promise<'running' | 'ended' | 'unknown'>;
  /** When a deployment's newest run began, in milliseconds since the epoch; null where there is none. */
  startedAt(deployment: string): Promise<number | null>;
  /** The run of a deployment that its own target has started; null where there is none. */
  startedRun(deployment: string): Promise<string | null>;
  /** Gives a run its warrant; one that has ended needs none. */
  warrant(deployment: string, warrant: Warrant): Promise<void>;
  /** Pages about a deployment that are under way, by their names, as Temporal's index has them, which may be a moment behind. */
  openPages(deployment: string): Promise<readonly string[]>;
  /** Tells a page that somebody has seen it. Throws `not-found` for one that does not wait, and what its workflow refuses it with. */
  acknowledgePage(deployment: string, page: string, said: PageAcknowledgementClaim): Promise<PageAcknowledgement>;
  /** Whether there was such a page, which has ended. */
  isPageOver(deployment: string, page: string): Promise<boolean>;
  ping(): Promise<void>;
}

/** No answer for this long is `engine-unavailable`. */
const answerMs = 5_000;

/** A query needs a worker; without one the store answers instead, so this is short. */
const queryMs = 2_000;
const retryMs = 50;

/** More pages of one deployment than these are not waited for at once. */
const maxPages = 20;

/** Speaks to Temporal through one client. */
export function createGateway(client: Client): Gateway {
  const { workflow } = client;
  const targetOf = ({ service, environment }: TargetName) => workflow.getHandle(targetWorkflowId(service, environment));
  const deploymentOf = (id: string) => {
    const name = parseDeploymentId(id);
    if (!name) throw new GantryError('not-found', `There is no deployment ${JSON.stringify(id.slice(0, 200))}.`);
    return workflow.getHandle(deploymentWorkflowId(name.service, name.environment, name.number));
  };

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

  /** Sends an update, each time under the same id: one that is repeated is answered, not done again. */
  const update = <T>(
    what: string,
    send: (updateId: string) => Promise<T>,
    first: string = randomUUID(),
  ): Promise<T> => {
    let updateId = first;
    return call(answerMs, what, async () => {
      try {
        return await send(updateId);
      } catch (error) {
        // Nobody has heard it, and this id would be told the same for as long as Temporal remembers it.
        if (isCutOff(error)) updateId = randomUUID();
        throw error;
      }
    });
  };

  const updateTarget = async <T>(
    name: TargetName,
    message: 'request' | 'adopt' | 'resolve',
    argument: unknown,
    start: { readonly known: Target | null; readonly again: boolean },
    operation?: string,
  ): Promise<T> => {
    checkPayload(argument, `The argument of ${message}`);
    const where = `${name.service}/${name.environment}`;
    const send = (updateId: string) =>
      workflow.executeUpdateWithStart<typeof target, T, unknown[]>(message, {
        args: [argument],
        updateId,
        startWorkflowOperation: new WithStartWorkflowOperation<typeof target>('target', {
          workflowId: targetWorkflowId(name.service, name.environment),
          args: [{ ...name, known: start.known }],
          taskQueue: taskQueues.main,
          workflowIdConflictPolicy: 'USE_EXISTING',
          // A terminated target would start at number 1 and fence 1: only resolve may start it again.
          workflowIdReusePolicy: start.again ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
          // A target lives for ever: replaying it may take longer than the 2 s of a deployment.
          workflowTaskTimeout: '10s',
          staticSummary: `Target ${where}`,
        }),
      });
    return update(`Target ${where}`, send, operation);
  };

  const isUnknown = (error: unknown) => error instanceof GantryError && error.code === 'not-found';
  const described = (id: string) =>
    call(queryMs, `Deployment ${id}`, () => deploymentOf(id).describe()).catch((error: unknown) => {
      if (isUnknown(error)) return null;
      throw error;
    });
  const describe: Gateway['describe'] = async (id) => {
    const found = await described(id);
    if (!found) return 'unknown';
    return found.status.name === 'RUNNING' ? 'running' : 'ended';
  };

  return {
    describe,
    startedAt: async (id) => (await described(id))?.startTime.getTime() ?? null,
    async startedRun(id) {
      const found = await described(id);
      // Whoever reaches Temporal can start a workflow under any name, but not as the child of a target.
      const isOfTarget = found?.parentExecution?.workflowId === targetWorkflowIdOf(id);
      return found && isOfTarget ? found.runId : null;
    },
    async warrant(id, warrant) {
      const name = parseDeploymentId(id);
      if (!name) return;
      const workflowId = deploymentWorkflowId(name.service, name.environment, name.number);
      const handle = workflow.getHandle(workflowId, warrant.runId);
      await call(answerMs, `Deployment ${id}`, () => handle.signal('warrant', warrant)).catch((error: unknown) => {
        if (!isUnknown(error)) throw error;
      });
    },
    request: (name, argument, known) => updateTarget(name, 'request', argument, { known, again: false }),
    async hasTarget(name) {
      const where = `Target ${name.service}/${name.environment}`;
      try {
        await call(queryMs, where, () => targetOf(name).describe());
        return true;
      } catch (error) {
        if (isUnknown(error)) return false;
        throw error;
      }
    },
    async requested(name, key) {
      const where = `Target ${name.service}/${name.environment}`;
      try {
        const ask = () => targetOf(name).query<FoundRequest, [RequestKey]>('requested', key);
        const found = await call(answerMs, where, ask);
        if (found.kind === 'other-body')
          throw new GantryError(
            'idempotency-key-reused',
            `This Idempotency-Key came with another body before: ${found.id}.`,
          );
        return found.kind === 'found' ? found.requested : null;
      } catch (error) {
        if (isUnknown(error)) return null;
        throw error;
      }
    },
    adopt: (name, argument, operation, known) =>
      updateTarget(name, 'adopt', argument, { known, again: false }, operation),
    resolve: (name, argument, known) => updateTarget(name, 'resolve', argument, { known, again: known !== null }),
    async review(name, argument) {
      checkPayload(argument, 'The argument of review');
      return update(`Target ${name.service}/${name.environment}`, (updateId) =>
        targetOf(name).executeUpdate<TargetView, [ReviewClosing]>('review', { args: [argument], updateId }),
      );
    },
    async noteAfterEnd(name, argument) {
      checkPayload(argument, 'The argument of note');
      await update(`Target ${name.service}/${name.environment}`, (updateId) =>
        targetOf(name).executeUpdate<TargetView, [LateNote]>('note', { args: [argument], updateId }),
      );
    },
    async message(id, name, argument) {
      checkPayload(argument, `The argument of ${name}`);
      const handle = deploymentOf(id);
      const what = `Deployment ${id}`;
      try {
        if (name !== 'abort') {
          const send = (updateId: string) =>
            handle.executeUpdate<{ readonly seq: number }, [MessageArgument]>(name, { args: [argument], updateId });
          return (await update(what, send)).seq;
        }
        await call(answerMs, what, () => handle.signal(name, argument));
        return 0;
      } catch (error) {
        // Temporal says "not found" of a closed workflow too.
        if (isUnknown(error) && (await describe(id)) === 'ended')
          throw new GantryError('ended', `Deployment ${id} has ended.`, { cause: error });
        throw error;
      }
    },
    metByAbort: (id, withinMs) => call(withinMs, `Deployment ${id}`, () => deploymentOf(id).query<MetByAbort>('abort')),
    status: (id, viewer, withinMs = queryMs) =>
      call(withinMs, `Deployment ${id}`, () =>
        deploymentOf(id).query<Status, [string | undefined]>('status', viewer ?? undefined),
      ),
    rest: (id, after) => call(queryMs, `Deployment ${id}`, () => askForRest(deploymentOf(id), after)),
    whole: (id) => call(answerMs, `Deployment ${id}`, () => wholeDeployment(client, deploymentOf(id).workflowId)),
    target: (name) =>
      call(queryMs, `Target ${name.service}/${name.environment}`, () => targetOf(name).query<TargetView>('target')),
    async openPages(deployment) {
      if (!parseDeploymentId(deployment)) return [];
      const begin = pageWorkflowId(deployment, '');
      const query = `WorkflowType = 'page' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${begin}'`;
      return call(queryMs, `Pages of ${deployment}`, async () => {
        const names: string[] = [];
        for await (const { workflowId } of workflow.list({ query })) {
          names.push(workflowId.slice(begin.length));
          if (names.length >= maxPages) break;
        }
        return names;
      });
    },
    async acknowledgePage(deployment, page, said) {
      checkPayload(said, 'An acknowledgement');
      const handle = workflow.getHandle(pageWorkflowId(deployment, page));
      return update(`Page ${page} of ${deployment}`, (updateId) =>
        handle.executeUpdate<PageAcknowledgement, [PageAcknowledgementClaim]>('acknowledge', {
          args: [said],
          updateId,
        }),
      );
    },
    async isPageOver(deployment, page) {
      const handle = workflow.getHandle(pageWorkflowId(deployment, page));
      const found = await call(queryMs, `Page ${page} of ${deployment}`, () => handle.describe()).catch(
        (error: unknown) => {
          if (isUnknown(error)) return null;
          throw error;
        },
      );
      return found !== null && found.status.name !== 'RUNNING';
    },
    ping: async () => {
      await call(queryMs, 'Temporal', () =>
        client.workflowService.describeNamespace({ namespace: client.options.namespace }),
      );
    },
  };
}

function targetWorkflowIdOf(deployment: string): string | undefined {
  const name = parseDeploymentId(deployment);
  return name && targetWorkflowId(name.service, name.environment);
}
