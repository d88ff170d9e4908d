import type { components } from '../../contract/paths.ts';
import { plain, type Terminal } from '../terminal.ts';
import { short } from './status.ts';
import { shortened } from './steps.ts';

type Stored = Omit<components['schemas']['StoredTarget'], 'queue'>;
/** A target, or what the store knows of one that gives no answer: then who waits for it is not known. */
export type Target = components['schemas']['Target'] | (Stored & { readonly queue?: null });
type Paint = Terminal['paint'];

/** A target in one line, as lists show it. */
export function targetLine(target: Target, paint: Paint): string {
  const { service, environment, live, slot, lock, queue, reviews } = target;
  const serves =
    live === null ? paint.yellow('serves nothing known') : plain(`${live.release}${slot === null ? '' : ` (${slot})`}`);
  const notes = [
    ...(lock === null ? [] : [paint.cyan(plain(`held by ${lock.deployment}`))]),
    ...(isStuck(target) ? [paint.red('needs intervention')] : []),
    ...(!queue || queue.length === 0 ? [] : [`${queue.length} waiting`]),
    ...(reviews.some(({ overdue }) => overdue) ? [paint.red('review overdue')] : []),
  ];
  return [paint.bold(plain(`${service}/${environment}`)), serves, ...notes].join('  ');
}

/** A target for people, line by line. `now`: milliseconds since the epoch. */
export function renderTarget(target: Target, paint: Paint, now: number): readonly string[] {
  const { live, lock, queue, reviews } = target;
  const forNow = (at: string) => `for ${short(now - Date.parse(at))} now`;
  const origin = (of: NonNullable<Target['live']>) =>
    of.adopted
      ? `adopted by ${of.adopted.by.name}: ${of.adopted.reason}`
      : of.deployment === null
        ? 'adopted'
        : `by ${of.deployment}`;
  return [
    targetLine(target, paint),
    ...(live === null
      ? ['→ gantry target adopt says what it serves']
      : [
          plain(`serves ${live.release} ${forNow(live.since)}, ${origin(live)}`),
          shortened(plain(`artifact ${live.artifact.uri}, ${live.artifact.digest}`)),
        ]),
    ...(lock === null ? ['free'] : [plain(`held by ${lock.deployment} ${forNow(lock.since)}, fence ${lock.fence}`)]),
    ...(queue
      ? queue.map((id, i) => plain(`waits: ${i + 1}. ${id}`))
      : [paint.yellow('the target gives no answer: who waits for it is not known now')]),
    ...reviews.map(({ deployment, dueAt, overdue }) =>
      (overdue ? paint.red : paint.yellow)(plain(`review of ${deployment} ${overdue ? 'was' : 'is'} due ${dueAt}`)),
    ),
    ...(isStuck(target) ? ['→ gantry target resolve says how it goes on'] : []),
  ];
}

/** Whether only `resolve` goes on; not known of one that does not answer. */
const isStuck = (target: Target) => 'needsIntervention' in target && target.needsIntervention;
