import type { KnownProcess } from '../../store/index.ts';
import { sayAgainMs } from '../say-policy.ts';
import { type Finding, type Findings, fault, ok, warning } from './finding.ts';

/** Whoever has said nothing for so long may have ended, in milliseconds. */
const heardMs = 3 * sayAgainMs;
/** A worker that still polls then cannot tell the store. */
const silentMs = 12 * sayAgainMs;

export interface KnownPolicies {
  /** The workers that poll, by their identities. */
  readonly polling: readonly string[];
  /** What processes have said; null: the store could not be read. */
  readonly said: readonly KnownProcess[] | null;
  /** Digest of the policy file here; null: there is none that holds. */
  readonly own: string | null;
}

/** Whether every API and worker that runs works with the same policy. Pure. */
export function judgePolicies({ polling, said, own }: KnownPolicies): Findings {
  if (said === null) return [ok('policies', 'Nothing is known of them: the store does not tell.')];
  const running = said.filter(({ kind, name }) => kind === 'api' || polling.includes(name));
  const unheard = polling.filter((one) => !running.some(({ kind, name }) => kind === 'worker' && name === one));
  const silent = running.filter(({ kind, agoMs }) => kind === 'worker' && agoMs > silentMs);
  return [
    ...judgeHeard(
      running.filter(({ agoMs }) => agoMs <= heardMs),
      own,
    ),
    ...silent.map(({ name, agoMs, policyDigest }) =>
      fault(
        'policies',
        `${name} polls, and has not said for ${Math.round(agoMs / 60_000)} min which policy it works with; it was ${policyDigest}.`,
        'its word does not reach the store, or it stands still: look into its log, and start it again',
      ),
    ),
    ...(unheard.length === 0
      ? []
      : [
          warning(
            'policies',
            `${unheard.join(', ')} ${unheard.length === 1 ? 'polls, and has' : 'poll, and have'} told this store nothing.`,
            'a build of before says nothing; one of this build opens another store (GANTRY_STORE), or as a role that gantry migrate --worker-store FILE has to grant more',
          ),
        ]),
  ];
}

function judgeHeard(heard: readonly KnownProcess[], own: string | null): Findings {
  const digests = [...new Set(heard.map(({ policyDigest }) => policyDigest))];
  const groups = digests.map(
    (one) => `${one}: ${heard.flatMap((each) => (each.policyDigest === one ? [inWords(each)] : [])).join(', ')}`,
  );
  const [digest] = digests;
  if (digest === undefined) return [];
  if (groups.length > 1) return [differing(groups)];
  const same = `All work with ${groups.join()}.`;
  if (own === null || own === digest) return [ok('policies', same)];
  return [
    warning(
      'policies',
      `${same} The file here is another, ${own}.`,
      `roll it out to all of them, if it is to count, and ask again ${seconds(sayAgainMs)} later`,
    ),
  ];
}

function differing(groups: readonly string[]): Finding {
  return fault(
    'policies',
    `Not all work with the same policy. ${groups.map((group) => `${group}.`).join(' ')}`,
    `give all of them the same file (GANTRY_POLICY) and the keys beside it, and ask again ${seconds(heardMs)} later: each reads it by itself, or its log says what is wrong with it`,
  );
}

const inWords = ({ kind, name }: KnownProcess) => `${kind === 'api' ? 'API' : 'worker'} ${name}`;
const seconds = (ms: number) => `${ms / 1_000} s`;
