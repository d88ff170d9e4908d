import type { Status } from '../../src/domain/deployment/status.ts';
import type { JournalEntry } from '../../src/domain/journal/entries.ts';
import { artifactOf } from '../support/change.ts';
import { evidenceFor } from '../support/evidence.ts';
import type { FakeTarget } from './fake-target.ts';
import { faultKinds } from './faults/index.ts';
import { type Observer, observe } from './observer.ts';
import type { People } from './people.ts';
import type { Fault, PlannedDeployment } from './plan.ts';
import { requestOf } from './procedure.ts';
import type { Rig } from './rig.ts';
import type { Stage } from './stage.ts';
import type { TcpProxy } from './tcp-proxy.ts';

/** One deployment as it was lived: what was planned, what became of it, and what of its faults came to pass. */
export interface Life {
  readonly id: string;
  readonly planned: PlannedDeployment;
  /** The repair of this deployment, where it is one. */
  readonly repairOf: string | null;
  readonly decision: 'compensate' | 'accept' | null;
  readonly status: Status | null;
  readonly journal: readonly JournalEntry[];
  readonly begun: readonly string[];
  readonly broken: readonly { readonly rule: string; readonly what: string }[];
}

export interface Place {
  readonly rig: Rig;
  readonly people: People;
  readonly target: FakeTarget;
  readonly way: TcpProxy;
  /** What goes on beside the deployments of this round. */
  readonly later: (work: Promise<void>) => void;
}

/** No deployment of these plans takes longer, whatever happens to it, in milliseconds. */
const maxMs = 150_000;

/** Asks for a deployment; answers its id. */
export async function request({ people, target, way }: Place, planned: PlannedDeployment): Promise<string> {
  const [service = ''] = target.name.split('/');
  await people.need('key:ci-shop', 'POST', '/v1/evidence', evidenceFor(artifactOf(planned.release).digest));
  const body = requestOf(service, `http://127.0.0.1:${way.port}`, planned);
  const key = { 'idempotency-key': `${service}-${planned.release}` };
  return (await people.need<{ id: string }>('key:alice', 'POST', '/v1/deployments', body, key)).id;
}

/** Lives through a deployment that was asked for: its faults, what people do about it, its end and its repairs. */
export async function live(place: Place, id: string, planned: PlannedDeployment): Promise<readonly Life[]> {
  const observer = observe(place.people, id, maxMs);
  const mends: (() => void)[] = [];
  const broken: Life['broken'][number][] = [];
  const begun: string[] = [];
  const stage: Stage = {
    ...place,
    deployment: id,
    planned,
    reached: async (moment) => {
      await Promise.race([moment.kind === 'entry' ? observer.entry(moment) : observer.ended, observer.ended]);
    },
    ended: observer.ended.then(() => undefined),
    toMend: (mend) => void mends.push(mend),
    broken: (rule, what) => void broken.push({ rule, what }),
  };
  for (const fault of planned.faults) arm(stage, fault, observer, () => begun.push(fault.name));
  const acting = script(place, id, planned, observer);
  const status = await observer.ended;
  await acting;
  for (const mend of mends) mend();
  const own: Life = { id, planned, repairOf: null, decision: null, status, journal: observer.journal, begun, broken };
  return status?.outcome === 'needs-intervention' ? [own, ...(await repair(place, own))] : [own];
}

/** Lets a fault begin at its moment, once. */
function arm(stage: Stage, fault: Fault, observer: Observer, noted: () => void): void {
  const kind = faultKinds.get(fault.name);
  if (!kind) return;
  let isBegun = false;
  const begin = () => {
    if (isBegun) return undefined;
    isBegun = true;
    noted();
    return kind.begin(stage, fault);
  };
  const { at } = fault;
  if (at.kind === 'entry') {
    void observer.entry(at).then(begin);
    return;
  }
  stage.target.listen((moment, { deployment, step, undo }) =>
    deployment === stage.deployment && moment === at.moment && step === at.step && undo === at.undo
      ? begin()
      : undefined,
  );
}

/** What the people do who are asked for their approval. */
async function script({ people }: Place, id: string, { script }: PlannedDeployment, observer: Observer): Promise<void> {
  let approvals = 0;
  const answers: Promise<unknown>[] = [];
  const approve = async (gate: string) => {
    const { planDigest } = await people.status(id);
    approvals += 1;
    if (gate === 'start' && script === 'rejected')
      return people.say('key:bob', id, 'reject', { planDigest, reason: 'not today' });
    await people.say('key:bob', id, 'approve', { planDigest, gate });
    if (gate !== 'start' || script !== 'withdrawn-then-approved' || approvals > 1) return undefined;
    return people.say('key:bob', id, 'withdraw', { planDigest, reason: 'wait' });
  };
  observer.onEntry((entry) => {
    if (entry.type !== 'waiting-started' || script === 'superseded') return;
    if (entry.wait.kind === 'approval') answers.push(approve('start'));
    if (entry.wait.kind === 'gate') answers.push(approve(entry.wait.step ?? ''));
  });
  await observer.ended;
  await Promise.allSettled(answers);
}

/** Resolves a target that is stuck: by what is outstanding, and if that does not do, by a person's word. */
async function repair(place: Place, first: Life): Promise<readonly Life[]> {
  const { people, target } = place;
  const lives: Life[] = [];
  let stuck = first.id;
  for (const decision of ['compensate', 'accept'] as const) {
    const { slot, release } = target.serves;
    const live = { release: release ?? '', artifact: artifactOf(release ?? ''), slot };
    const body = { deployment: stuck, decision, reason: 'looked at it', ...(decision === 'accept' ? { live } : {}) };
    const answer = await resolved(people, target.name, stuck, body);
    if (typeof answer === 'string') {
      const broken = [{ rule: 'not-resolved', what: answer }];
      const none = { status: null, journal: [], begun: [], broken };
      return [...lives, { ...first, id: stuck, repairOf: first.id, decision, ...none }];
    }
    const observer = observe(people, answer.id, maxMs);
    const status = await observer.ended;
    lives.push({
      id: answer.id,
      planned: first.planned,
      repairOf: first.id,
      decision,
      status,
      journal: observer.journal,
      begun: [],
      broken: [],
    });
    if (status?.outcome !== 'needs-intervention') return lives;
    stuck = answer.id;
  }
  return lives;
}

/** A target hears of an end with the end itself, after the kill of its worker 10 s later, so a person need not wait to resolve. */
const resolveWithinMs = 30_000;

async function resolved(
  people: People,
  target: string,
  stuck: string,
  body: Record<string, unknown>,
): Promise<{ readonly id: string } | string> {
  const until = Date.now() + resolveWithinMs;
  for (let attempt = 1; ; attempt += 1) {
    const key = { 'idempotency-key': `resolve-${stuck}-${attempt}` };
    const answer = await people.ask<{ id: string }>('key:carol', 'POST', `/v1/targets/${target}/resolve`, body, key);
    if (answer.status < 300) return answer.body;
    if (Date.now() > until) return `resolve of ${stuck} is refused: ${JSON.stringify(answer.body)}`;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
