import { defineSignal } from '@temporalio/workflow';
import { GantryError } from '../../domain/base/errors.ts';
import { decide } from '../../domain/deployment/decide-message.ts';
import type { Decision } from '../../domain/deployment/decision.ts';
import type { Actor } from '../../domain/journal/values.ts';
import { keysOf } from '../../domain/messages/counts-once.ts';
import { type Message, type MessageName, messageNames, type Via } from '../../domain/messages/messages.ts';
import { isProven } from '../../domain/messages/proof.ts';
import { readMessage } from '../../domain/messages/read.ts';
import { findPerson } from '../../domain/policy/find-person.ts';
import { findRobot } from '../../domain/policy/robots.ts';
import { grantIn, supersederIn } from '../../domain/ports/received.ts';
import type { Grant } from '../../domain/target/result.ts';
import { pageUpdatedSignal } from '../engine/internal-signals.ts';
import { onSignal, onUnknownSignal } from '../engine/signals.ts';
import { onUpdate, refusal } from '../engine/updates-and-queries.ts';
import { answerQueries } from './queries.ts';
import { type Refusal, RefusedSignals, subjectIn } from './refused-signals.ts';
import type { DeploymentRun } from './run.ts';
import { receiveWarrant } from './warrant.ts';

export const grantedSignal = defineSignal<[Grant]>('granted');

export const supersededSignal = defineSignal<[{ readonly by: string }]>('superseded');

/** Sets the handlers of a deployment's messages and queries. Called before the first await: an update that finds no handler is refused. */
export function receiveMessages(run: DeploymentRun): void {
  const receiver = new MessageReceiver(run);
  for (const name of messageNames) {
    onUpdate<unknown, { readonly seq: number }>(name, {
      isArgument: (_raw): _raw is unknown => true,
      validate: (raw) => receiver.validate(name, raw),
      carryOut: (raw) => receiver.accept(name, raw, 'update'),
      description: `As POST /v1/deployments/{id}/${name}`,
    });
    onSignal(name, (raw) => receiver.take(name, raw));
  }
  receiveWarrant(run);
  onSignal(pageUpdatedSignal.name, (raw) => run.pages.onUpdated(raw));
  onSignal(grantedSignal.name, (raw) => {
    const grant = grantIn(raw);
    if (grant) run.grant = grant;
    else receiver.refuse(grantedSignal.name, raw, 'no grant of a lock');
  });
  onSignal(supersededSignal.name, (raw) => {
    const { service, environment } = run.plan;
    const by = supersederIn(raw, { service, environment, number: run.number });
    // What has changed something is never superseded: it goes on, or goes back for a reason of its own.
    if (by !== null && !run.state.hasChanged) run.stop({ kind: 'superseded', by });
    else receiver.refuse(supersededSignal.name, raw, 'no newer deployment that this one could make way for');
  });
  answerQueries(run);
  onUnknownSignal((name) => receiver.refuse(name, null, 'no signal that a deployment knows'));
}

/** One function evaluates a message, whichever way it came. */
class MessageReceiver {
  private readonly run: DeploymentRun;
  private readonly seen = new Set<string>();
  private readonly refused: RefusedSignals;

  constructor(run: DeploymentRun) {
    this.run = run;
    this.refused = new RefusedSignals(run);
  }

  /** Refuses an update before it leaves any trace. Synchronous, as Temporal wants it. */
  validate(name: MessageName, raw: unknown): void {
    const evaluated = this.evaluate(name, raw, 'update');
    // One without the API's proof is let in, to be refused where it leaves a trace.
    if (evaluated.kind === 'refused' && evaluated.code === 'unproven-message' && this.run.alarms.hasRoom) return;
    if (evaluated.kind === 'refused') throw refusal(evaluated.code, evaluated.detail);
  }

  accept(name: MessageName, raw: unknown, via: Via): { readonly seq: number } {
    const evaluated = this.evaluate(name, raw, via);
    if (evaluated.kind === 'refused') this.alarm(name, raw, evaluated, via);
    if (evaluated.kind === 'refused') throw refusal(evaluated.code, evaluated.detail);
    this.carryOut(evaluated);
    return { seq: this.run.state.seq };
  }

  /** A signal has no answer: what an update would be refused with is journaled. */
  take(name: MessageName, raw: unknown): void {
    const evaluated = this.evaluate(name, raw, 'signal');
    if (evaluated.kind !== 'refused') return this.carryOut(evaluated);
    if (this.refused.journal(name, raw, evaluated)) this.alarm(name, raw, evaluated, 'signal');
  }

  /** Journals a signal that is no message, or whose content cannot be read. */
  refuse(name: string, raw: unknown, what: string): void {
    this.refused.journal(name, raw, { code: 'malformed', detail: `This is ${what}.` });
  }

  private alarm(name: MessageName, raw: unknown, { code }: Refusal, via: Via): void {
    if (code !== 'unproven-message') return;
    const by = subjectIn(raw);
    this.run.alarms.raise(code, `${name} in the name of ${by}, past the API and without its proof`, by, via);
  }

  private evaluate(name: MessageName, raw: unknown, via: Via): Evaluated {
    const { run } = this;
    if (run.isDecided)
      return { kind: 'refused', code: 'ended', detail: `${name} comes too late: how it ends is decided.` };
    try {
      const argument = readMessage(name, raw);
      const message = { name, argument } as Message;
      const actor = actorOf(run, message, via);
      const keys = keysOf(message, actor);
      if (keys.some((key) => this.seen.has(key))) return { kind: 'repeated' };
      const { plan, planDigest, state } = run;
      const heldNow = actor.identity === 'verified' ? (argument.proof?.roles ?? null) : null;
      const decision = decide({ plan, planDigest, state, actor, heldNow, now: Date.now() }, message);
      return decision.kind === 'refused' ? decision : { ...decision, message, actor, keys };
    } catch (error) {
      if (error instanceof GantryError) return { kind: 'refused', code: error.code, detail: error.message };
      return { kind: 'refused', code: 'malformed', detail: 'the message cannot be read' };
    }
  }

  private carryOut(evaluated: Exclude<Evaluated, { readonly kind: 'refused' }>): void {
    if (evaluated.kind === 'repeated') return;
    for (const key of evaluated.keys) this.seen.add(key);
    for (const entry of evaluated.entries) this.run.append(entry);
    const { message, actor } = evaluated;
    if (message.name === 'approve' && actor.identity === 'verified') {
      const { gate } = message.argument;
      this.run.latestApprovals.set(`${gate} ${actor.subject}`, message.argument);
    }
    if (message.name === 'acknowledge' && message.argument.for === 'page') this.run.pages.acknowledged();
    if (evaluated.stops) this.run.stop(evaluated.stops);
  }
}

type Evaluated =
  | (Extract<Decision, { readonly kind: 'accepted' }> & {
      readonly message: Message;
      readonly actor: Actor;
      readonly keys: readonly string[];
    })
  | { readonly kind: 'repeated' }
  | ({ readonly kind: 'refused' } & Refusal);

/** Who sent a message: verified when the API vouches for it, else as the message names them. An alias means the person. */
function actorOf(run: DeploymentRun, { name, argument }: Message, via: Via): Actor {
  const { people, robots, messages } = run.plan.policy;
  const known = findPerson(people, argument.by) ?? findRobot(robots, argument.by);
  const isVerified = isProven(messages.key, run.id, name, argument, Date.now());
  return {
    subject: known?.subject ?? argument.by,
    name: known?.name ?? argument.by,
    via: isVerified && argument.proof?.sentBy === 'api' ? 'api' : via,
    identity: isVerified ? 'verified' : 'asserted',
    ...(isVerified && argument.proof?.verifiedAt !== undefined && { verifiedAt: argument.proof.verifiedAt }),
  };
}
