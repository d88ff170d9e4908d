import { entriesOf, type JournalEntry } from '../../src/domain/journal/entries.ts';
import type { TargetView } from '../../src/domain/target/view.ts';
import { artifactOf } from '../support/change.ts';
import type { Violation } from './checker.ts';
import type { EffectLine, InitialLine, LogLine } from './effect-log.ts';
import { slotNames, type TargetState } from './fake-target.ts';
import type { Life } from './life.ts';
import type { Said } from './people.ts';

/** All there is to know of one target at the end of a round. */
export interface Sources {
  readonly target: string;
  readonly lines: readonly LogLine[];
  readonly lives: readonly Life[];
  readonly said: readonly Said[];
  /** What all workers have printed: pages are lines of it. */
  readonly printed: string;
  readonly view: TargetView;
  /** Records as Markdown, by deployment. */
  readonly records: ReadonlyMap<string, string>;
}

/** What the log cannot tell alone: it is held against journals, answers, pages and what the target is said to serve. */
export function checkSources(sources: Sources): readonly Violation[] {
  const { target, lives } = sources;
  const found: Violation[] = [];
  for (const life of lives)
    for (const check of checks)
      for (const { rule, what } of check(life, sources))
        found.push({ rule, target, deployment: life.id, what, lines: effectsOf(sources, life.id) });
  for (const { rule, what } of checkTarget(sources))
    found.push({ rule, target, deployment: null, what, lines: sources.lines });
  return found;
}

interface Finding {
  readonly rule: string;
  readonly what: string;
}
type Check = (life: Life, sources: Sources) => readonly Finding[];

const found = (rule: string, what: string): readonly Finding[] => [{ rule, what }];

/** Whatever was acknowledged is there and comes to an end. */
const ends: Check = ({ status, broken }) => [
  ...(status === null && broken.length === 0 ? found('not-ended', 'it has not ended in time') : []),
  ...broken,
];

const journalIsWhole: Check = ({ journal, status }) => {
  if (status === null) return [];
  const gap = journal.findIndex(({ seq }, i) => seq !== i + 1);
  if (gap >= 0) return found('journal-gap', `entry ${gap + 1} has number ${journal[gap]?.seq}`);
  const ended = entriesOf(journal, 'ended');
  if (ended.length !== 1) return found('journal-end', `it says ${ended.length} times that it ended`);
  if (ended[0]?.outcome === status.outcome) return [];
  return found('journal-end', `the journal ends as ${ended[0]?.outcome}, the status says ${status.outcome}`);
};

/** Every effect of the target stands in the journal, under the fence that it came with. */
const journalNamesEffects: Check = ({ id, journal }, sources) => {
  if (journal.length === 0) return [];
  const fences = entriesOf(journal, 'lock-granted').map(({ fence }) => fence);
  const begun = new Set(entriesOf(journal, 'step-started').map(({ step }) => step));
  const undone = new Set(
    journal.flatMap((entry) =>
      entry.type === 'compensation-started' || entry.type === 'compensation-completed' ? [entry.step] : [],
    ),
  );
  return effectsOf(sources, id).flatMap(({ step, undo, fence, what }) => {
    if (!(undo ? undone : begun).has(step)) return found('not-in-journal', `the journal does not name ${what}`);
    if (!fences.includes(fence))
      return found('fence-unknown', `${what} came with fence ${fence}, not ${fences.join(', ')}`);
    return [];
  });
};

/** A compensation is left out only where its effect is not there. */
const skippedRightly: Check = ({ id, repairOf, journal }, sources) =>
  entriesOf(journal, 'compensation-completed')
    .filter(({ result }) => result === 'skipped')
    .flatMap(({ step, summary, endedAt }) => {
      const own = [...effectsOf(sources, id), ...effectsOf(sources, repairOf ?? '')];
      const until = own.filter((line) => line.step === step && line.changed && line.end < Date.parse(endedAt));
      const isThere = until.length > 0 && !until.some(({ undo }) => undo);
      return isThere ? found('skipped-wrongly', `${step} was not undone though it was there: ${summary}`) : [];
    });

/** Somebody who may has approved exactly this plan before its first effect, and its artifact is what was acted upon. */
const wasApproved: Check = ({ id, planned, repairOf, journal }, sources) => {
  const effects = effectsOf(sources, id);
  const [first] = effects;
  if (!first || repairOf !== null) return [];
  const digest = artifactOf(planned.release).digest;
  const other = effects.find((line) => line.digest !== null && line.digest !== digest);
  if (other) return found('digest-not-approved', `it acted upon ${other.digest}`);
  const planDigest = entriesOf(journal, 'plan-frozen')[0]?.planDigest;
  const isApproved = sources.said.some(
    (one) =>
      one.deployment === id &&
      one.message === 'approve' &&
      one.planDigest === planDigest &&
      one.attempts.some(
        ({ sentAt, answer }) => sentAt <= first.begin && (answer === 'unknown' || answer.status === 200),
      ),
  );
  return isApproved ? [] : found('not-approved', 'it acted before anybody had approved its plan');
};

/** The outcome says what the target is like after the last effect. */
const outcomeIsTrue: Check = ({ id, planned, repairOf, status }, sources) => {
  const effects = effectsOf(sources, id);
  const last = effects.at(-1);
  if (status?.outcome == null || repairOf !== null || status.outcome === 'needs-intervention') return [];
  if (!last) {
    if (status.outcome !== 'succeeded' && status.outcome !== 'rolled-back') return [];
    return status.outcome === 'succeeded' ? found('outcome', 'it succeeded without an effect') : [];
  }
  const now = stateOf(last);
  const isNew = now.slots[now.live].release === planned.release && now.slots[now.live].running;
  const migrated = now.migrations.filter((release) => release === planned.release).length;
  if (status.outcome === 'succeeded') {
    const wanted = planned.steps.includes('migrate') ? 1 : 0;
    if (isNew && migrated === wanted) return [];
    return found('outcome', `it succeeded; serves ${JSON.stringify(now)}`);
  }
  if (status.outcome !== 'rolled-back') return found('outcome', `it ended as ${status.outcome} and had effects`);
  return isBackAt(stateOf(before(sources, effects[0] ?? last)), now, planned.release)
    ? []
    : found('outcome', `it was rolled back; serves ${JSON.stringify(now)}`);
};

/** A repair that carried out what was outstanding leaves what was before the deployment that it repairs. */
const repairIsTrue: Check = ({ id, repairOf, decision, planned, status }, sources) => {
  const [one] = effectsOf(sources, repairOf ?? '');
  if (decision !== 'compensate' || status?.outcome !== 'succeeded' || !one) return [];
  const isOwn = (line: LogLine) => line.kind === 'effect' && [id, repairOf].includes(line.deployment);
  const last = sources.lines.findLast(isOwn) ?? one;
  return isBackAt(stateOf(before(sources, one)), stateOf(last), planned.release)
    ? []
    : found('outcome', `it was repaired; serves ${last.state}`);
};

/** Somebody was paged for whatever needs a person. */
const wasPaged: Check = ({ id, status }, { printed }) => {
  if (status?.outcome !== 'needs-intervention') return [];
  const isPaged = printed.split('\n').some((line) => line.includes('[page]') && line.includes(id));
  return isPaged ? [] : found('not-paged', 'it needs a person, and nobody was paged');
};

/** An abort that was acknowledged stops it, unless it was confirmed before. */
const abortCounts: Check = ({ id, status, journal }, { said }) => {
  if (status?.outcome !== 'succeeded') return [];
  const confirmedAt = Date.parse(entriesOf(journal, 'confirmed')[0]?.at ?? '');
  const aborted = said.find(
    ({ deployment, message, answer }) =>
      deployment === id && message === 'abort' && answer?.status === 202 && answer.at < confirmedAt,
  );
  return aborted ? found('abort-lost', 'an abort was acknowledged, and it succeeded all the same') : [];
};

const hasRecord: Check = ({ id, status }, { records }) => {
  if (status === null) return [];
  const record = records.get(id) ?? '';
  if (!record.includes('FINAL')) return found('no-record', 'there is no final record');
  const told = status.outcome?.toUpperCase().replaceAll('-', ' ') ?? '';
  return record.toUpperCase().replaceAll('-', ' ').includes(told)
    ? []
    : found('record', `the record does not say ${told}`);
};

const checks: readonly Check[] = [
  ends,
  journalIsWhole,
  journalNamesEffects,
  skippedRightly,
  wasApproved,
  outcomeIsTrue,
  repairIsTrue,
  wasPaged,
  abortCounts,
  hasRecord,
];

/** Once everything has ended the target is free, and says what it serves. */
function checkTarget({ lines, lives, view }: Sources): readonly Finding[] {
  if (lives.some(({ status }) => status === null)) return [];
  const last = lives.at(-1);
  if (view.lock) {
    const isOutstanding = lives.some(
      ({ status, id }) => status?.outcome === 'needs-intervention' && view.lock?.deployment === id,
    );
    return isOutstanding
      ? []
      : found('lock-kept', `${view.lock.deployment} keeps the lock; the last one was ${last?.id}`);
  }
  const served = lines.findLast((line) => line.kind !== 'refused')?.serves;
  if (served?.release === view.live?.release && served?.slot === view.slot) return [];
  return found('live', `serves ${served?.release} in ${served?.slot}, said ${view.live?.release} in ${view.slot}`);
}

function effectsOf({ lines }: Sources, deployment: string): readonly EffectLine[] {
  return lines.filter((line): line is EffectLine => line.kind === 'effect' && line.deployment === deployment);
}

/** The line before this one that says how the target was. */
function before({ lines }: Sources, line: EffectLine): EffectLine | InitialLine {
  return lines.slice(0, lines.indexOf(line)).findLast(({ kind }) => kind !== 'refused') ?? line;
}

function stateOf({ state }: { readonly state: string }): TargetState {
  return JSON.parse(state) as TargetState;
}

/** What serves is what served, and nothing is left of the release. What the idle slot held before need not be there. */
function isBackAt(then: TargetState, now: TargetState, release: string): boolean {
  const isServing =
    then.live === now.live && JSON.stringify(then.slots[then.live]) === JSON.stringify(now.slots[now.live]);
  const isLeft = slotNames.some((name) => now.slots[name].release === release) || now.migrations.includes(release);
  return isServing && !isLeft && then.migrations.length === now.migrations.length;
}

/** For messages: the journal in one line an entry. */
export function journalText(journal: readonly JournalEntry[]): string {
  return journal.map(({ seq, at, type, ...rest }) => `${seq} ${at} ${type} ${brief(rest)}`).join('\n');
}

function brief(rest: object): string {
  const { v: _, ...said } = rest as Record<string, unknown>;
  const text = JSON.stringify(said);
  return text.length > 260 ? `${text.slice(0, 260)}…` : text;
}
