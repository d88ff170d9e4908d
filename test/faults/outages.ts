import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { GantryError } from '../../src/domain/base/errors.ts';
import type { Store } from '../../src/store/index.ts';

/** Which side of a question: it is not carried out, or it is and the answer is lost. */
export type Side = 'before' | 'after';

export interface OutagePlan {
  readonly side: Side;
  /** How long the store is away each time, in milliseconds. */
  readonly ms: number;
  /** Whether it says nothing for as long as a worker waits, in place of refusing at once. */
  readonly hangs: boolean;
  /** Takes the real server away for so long, in place of pretending that: resolves once it is gone. */
  readonly strike?: () => Promise<void>;
  /** The only point at which it goes away; each once when absent. */
  readonly only?: string;
  /** Whether it may go away now, again and again; once when absent. */
  readonly isOpen?: () => boolean;
  /** Called each time once it has gone. */
  readonly gone?: () => void;
}

/** A store that goes away from single deployments, once at each point at which they ask it something. */
export interface Outages {
  readonly store: Store;
  /** What is to happen to the deployments of a service. */
  plan(service: string, plan: OutagePlan): void;
  /** Points at which it went away from them, and how many questions got no answer each time: `act raiseFence` → 3. */
  met(service: string): ReadonlyMap<string, number>;
  /** When each point was come to for the first time, in milliseconds since 1970. */
  seen(service: string): ReadonlyMap<string, number>;
}

/** As long as the store itself is waited for, in milliseconds. */
const answerMs = 5_000;
const ofTheStoreItself = new Set(['migrate', 'checkSchema', 'ping', 'close', 'followJournal']);

interface State {
  readonly plan: OutagePlan;
  readonly met: Map<string, number>;
  readonly seen: Map<string, number>;
  /** The point at which it went away, and until when. */
  now: { readonly point: string; readonly until: number } | null;
}

export function withOutages(real: Store): Outages {
  const states = new Map<string, State>();
  const away = async (state: State, point: string): Promise<never> => {
    state.met.set(point, (state.met.get(point) ?? 0) + 1);
    const leftMs = (state.now?.until ?? 0) - Date.now();
    if (state.plan.hangs) await delay(Math.max(0, Math.min(answerMs, leftMs)));
    throw new GantryError('store-unavailable', `The store is away at ${point}.`);
  };
  const begin = (state: State, point: string): Promise<never> => {
    state.met.set(point, 0);
    state.now = { point, until: Date.now() + state.plan.ms };
    state.plan.gone?.();
    return away(state, point);
  };
  const ask = async (name: string, question: (...args: unknown[]) => Promise<unknown>, args: unknown[]) => {
    const asker = askerOf(args);
    const state = asker && states.get(asker.service);
    if (!state) return question(...args);
    const point = `${asker.by} ${name}`;
    if (state.now && Date.now() < state.now.until) return away(state, state.now.point);
    const { plan } = state;
    if (!state.seen.has(point)) state.seen.set(point, Date.now());
    const isNew = (plan.only ?? point) === point && (plan.isOpen?.() ?? !state.met.has(point));
    const isStruck = isNew && plan.strike !== undefined;
    const strike = async () => {
      await plan.strike?.();
      plan.gone?.();
    };
    if (isStruck) state.met.set(point, 0);
    if (isNew && state.plan.side === 'before') {
      if (!isStruck) return begin(state, point);
      await strike();
    }
    const answer = await question(...args);
    if (isNew && state.plan.side === 'after') {
      if (!isStruck) return begin(state, point);
      await strike();
    }
    return answer;
  };
  const questions = Object.entries(real).map(([name, question]) => {
    if (ofTheStoreItself.has(name)) return [name, question];
    return [name, (...args: unknown[]) => ask(name, question as (...args: unknown[]) => Promise<unknown>, args)];
  });
  return {
    store: Object.fromEntries(questions),
    plan: (service, plan) => void states.set(service, { plan, met: new Map(), seen: new Map(), now: null }),
    met: (service) => states.get(service)?.met ?? new Map(),
    seen: (service) => states.get(service)?.seen ?? new Map(),
  };
}

/** Which activity asks, of which service's deployment or target; null where that cannot be told. */
function askerOf(args: readonly unknown[]): { readonly service: string; readonly by: string } | null {
  const info = activityInfo();
  if (info) {
    const service = info.workflowExecution?.workflowId.split('/')[1];
    return service === undefined ? null : { service, by: info.activityType };
  }
  // What rides on nothing is brought by a worker itself.
  const [first] = args;
  const id = typeof first === 'string' ? first : (first as { readonly deployment?: unknown } | null)?.deployment;
  return typeof id === 'string' && id.includes('.') ? { service: id.split('.')[0] ?? '', by: 'tail' } : null;
}

function activityInfo() {
  try {
    return Context.current().info;
  } catch {
    return null; // no activity runs here
  }
}
