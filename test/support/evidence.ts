import { stages } from '../../src/domain/base/stages.ts';

/** How evidence differs from that of a good pipeline. */
export interface Evidence {
  readonly without?: (typeof stages)[number];
  readonly failed?: (typeof stages)[number];
  /** Milliseconds since the last stage finished. */
  readonly ageMs?: number;
  /** This stage starts before the one before it has finished. */
  readonly early?: (typeof stages)[number];
  /** This stage and those before it finished eight days ago. */
  readonly old?: (typeof stages)[number];
}

const minute = 60_000;
const day = 1_440 * minute;

/** What a pipeline would submit for an artifact: five stages, a minute each, the last one finished a minute ago. */
export function evidenceFor(digest: string, { without, failed, ageMs = minute, early, old }: Evidence = {}) {
  const end = Date.now() - ageMs;
  const time = (ms: number) => new Date(ms).toISOString();
  return {
    evidence: stages.flatMap((stage, i) => {
      if (stage === without) return [];
      const isOld = old !== undefined && i <= stages.indexOf(old);
      const finished = end - (stages.length - 1 - i) * 2 * minute - (isOld ? 8 * day : 0);
      const started = finished - minute - (stage === early ? 10 * minute : 0);
      return [
        {
          statement: {
            _type: 'https://in-toto.io/Statement/v1',
            subject: [{ digest: { sha256: digest.replace('sha256:', '') } }],
            predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
            predicate: {
              result: stage === failed ? 'FAILED' : 'PASSED',
              configuration: [],
              url: `https://ci.example/runs/${stage}`,
              stage,
              startedOn: time(started),
              finishedOn: time(finished),
            },
          },
        },
      ];
    }),
  };
}
