import {
  ApplicationFailure,
  defineQuery,
  defineSignal,
  defineUpdate,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { decide } from '../domain/decide.ts';
import { type ErrorCode, GantryError } from '../domain/errors.ts';
import type { Actor, EntryBody, JournalEntry } from '../domain/journal.ts';
import { type Door, type Message, type MessageName, messageNames } from '../domain/messages.ts';
import { findPerson } from '../domain/policy/find-person.ts';
import type { Grant } from '../domain/ports/judgement.ts';
import { readMessage } from '../domain/read-message.ts';
import type { Status } from '../domain/status.ts';
import { statusOf } from '../domain/status.ts';
import { isProven } from '../domain/trust/proof.ts';
import type { DeploymentRun } from './run.ts';
import { receiveWarrant } from './warrant.ts';

export const grantedSignal = defineSignal<[Grant]>('granted');
export const supersededSignal = defineSignal<[{ readonly by: string }]>('superseded');
export const statusQuery = defineQuery<Status, [string | undefined]>('status');
export const journalQuery = defineQuery<readonly JournalEntry[], [{ readonly after: number; readonly limit: number }]>(
  'journal',
);

/** What a refused signal leaves in the journal at most so many times; a flood must not drown the rest. */
const refusalsKept = 100;

/** Opens every door to a deployment. Called before the first await: an update that finds no handler is refused. */
export function receiveMessages(run: DeploymentRun): void {
  const doors = new Doors(run);
  for (const name of messageNames) {
    setHandler(defineUpdate<{ readonly seq: number }, [unknown]>(name), (raw) => doors.accept(name, raw, 'update'), {
      validator: (raw) => doors.validate(name, raw),
      description: `As POST /v1/deployments/{id}/${name}`,
    });
    setHandler(defineSignal<[unknown]>(name), (raw) => doors.take(name, raw));
  }
  receiveWarrant(run);
  setHandler(grantedSignal, (grant) => {
    run.grant = grant;
  });
  setHandler(supersededSignal, ({ by }) => {
    // What has changed something holds the lock, so nobody newer can have been confirmed meanwhile.
    if (!run.state.hasChanged) run.stop({ kind: 'superseded', by });
  });
  setHandler(statusQuery, (viewer) =>
    statusOf(
      run.plan,
      run.planDigest,
      run.state,
      { id: run.id, workflowId: workflowInfo().workflowId, number: run.number },
      viewer ?? null,
    ),
  );
  setHandler(journalQuery, ({ after, limit }) => run.journal.slice(after, after + Math.min(limit, 500)));
}

/** One function judges a message, whatever the door. */
class Doors {
  private readonly run: DeploymentRun;
  private readonly seen = new Set<string>();
  private refusals = 0;

  constructor(run: DeploymentRun) {
    this.run = run;
  }

  /** Refuses an update before it leaves any trace. Synchronous, as Temporal wants it. */
  validate(name: MessageName, raw: unknown): void {
    const judged = this.judge(name, raw, 'update');
    // One that nobody vouches for is let in, to be refused where it leaves a trace.
    if (judged.kind === 'refused' && judged.code === 'unproven-message' && this.run.alarms.hasRoom) return;
    if (judged.kind === 'refused') throw ApplicationFailure.nonRetryable(judged.detail, judged.code);
  }

  accept(name: MessageName, raw: unknown, door: Door): { readonly seq: number } {
    const judged = this.judge(name, raw, door);
    if (judged.kind === 'refused') this.alarm(name, raw, judged, door);
    if (judged.kind === 'refused') throw ApplicationFailure.nonRetryable(judged.detail, judged.code);
    this.carryOut(judged);
    return { seq: this.run.state.seq };
  }

  /** A signal has no answer: what an update would be refused with is journaled. */
  take(name: MessageName, raw: unknown): void {
    const judged = this.judge(name, raw, 'signal');
    if (judged.kind !== 'refused') return this.carryOut(judged);
    this.refusals += 1;
    // A journal that has ended says no more.
    if (this.refusals > refusalsKept || this.run.state.outcome !== null) return;
    const by = subjectIn(raw);
    this.alarm(name, raw, judged, 'signal');
    this.run.append({
      type: 'message-refused',
      message: name,
      by,
      via: 'signal',
      code: judged.code,
      detail: judged.detail,
    });
  }

  private alarm(
    name: MessageName,
    raw: unknown,
    { code }: Extract<Judged, { readonly kind: 'refused' }>,
    via: Door,
  ): void {
    if (code !== 'unproven-message') return;
    const by = subjectIn(raw);
    this.run.alarms.raise(code, `${name} in the name of ${by}, past the API and without its proof`, by, via);
  }

  private judge(name: MessageName, raw: unknown, door: Door): Judged {
    const { run } = this;
    try {
      const argument = readMessage(name, raw);
      const message = { name, argument } as Message;
      const actor = actorOf(run, message, door);
      const keys = keysOf(message, actor);
      if (keys.some((key) => this.seen.has(key))) return { kind: 'repeated' };
      const { plan, planDigest, state } = run;
      const heldNow = actor.identity === 'verified' ? (argument.proof?.roles ?? null) : null;
      const decision = decide({ plan, planDigest, state, actor, heldNow }, message);
      return decision.kind === 'refused'
        ? decision
        : { kind: 'accepted', message, actor, keys, entries: decision.entries };
    } catch (error) {
      if (error instanceof GantryError) return { kind: 'refused', code: error.code, detail: error.message };
      return { kind: 'refused', code: 'malformed', detail: 'the message cannot be read' };
    }
  }

  private carryOut(judged: Exclude<Judged, { readonly kind: 'refused' }>): void {
    if (judged.kind === 'repeated') return;
    for (const key of judged.keys) this.seen.add(key);
    for (const entry of judged.entries) this.run.append(entry);
    const { message, actor } = judged;
    if (message.name === 'approve' && actor.identity === 'verified') {
      const { gate } = message.argument;
      this.run.approvalsSaid.set(`${gate} ${actor.subject}`, message.argument);
    }
    const said = message.argument.reason ?? message.argument.statement ?? null;
    if (message.name === 'abort') this.run.stop({ kind: 'abort', by: actor, reason: said });
    if (message.name === 'reject')
      this.run.stop({ kind: 'rejected', summary: `rejected by ${actor.name}${said === null ? '' : `: ${said}`}` });
  }
}

type Judged =
  | {
      readonly kind: 'accepted';
      readonly message: Message;
      readonly actor: Actor;
      readonly keys: readonly string[];
      readonly entries: readonly EntryBody[];
    }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string };

/** What a message counts once by: its sender's id, and the API's proof, which whoever reads it could send again. */
function keysOf({ name, argument }: Message, { subject }: Actor): readonly string[] {
  return [
    ...(argument.id === undefined ? [] : [`${name}/${subject}/${argument.id}`]),
    ...(argument.proof ? [argument.proof.nonce] : []),
  ];
}

/** Who speaks: verified when the API vouches for the message, else as it says of itself. Whoever speaks by an alias is the person themself. */
function actorOf(run: DeploymentRun, { name, argument }: Message, door: Door): Actor {
  const { people, robots, messages } = run.plan.policy;
  const known = findPerson(people, argument.by) ?? robots.find(({ subject }) => subject === argument.by);
  const isVerified = isProven(messages.key, run.id, name, argument, Date.now());
  return {
    subject: known?.subject ?? argument.by,
    name: known?.name ?? argument.by,
    via: isVerified && argument.proof?.sentBy === 'api' ? 'api' : door,
    identity: isVerified ? 'verified' : 'asserted',
  };
}

function subjectIn(raw: unknown): string {
  const by = raw !== null && typeof raw === 'object' && 'by' in raw ? raw.by : undefined;
  return typeof by === 'string' ? by.slice(0, 250) : 'unknown';
}
