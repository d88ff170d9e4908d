import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../../src/domain/base/canonical-json.ts';
import {
  claimOf,
  columnsOf,
  readEnvelope,
  readStatement,
  readSubmitted,
  statementIn,
} from '../../../../src/domain/evidence/read.ts';
import { resultOf, statementSchema } from '../../../../src/domain/evidence/statement.ts';
import { roomless, sortSubmission } from '../../../../src/domain/evidence/submission.ts';
import { evidenceSubmissionSchema } from '../../../../src/domain/evidence/submission-schema.ts';
import type { KeySigner, Signer } from '../../../../src/domain/policy/signers-schema.ts';
import { evidenceLimitBytes } from '../../../../src/domain/trust/envelope.ts';
import { signerOf, signingKey } from '../../../support/signing.ts';
import { artifactDigest, digestFilledWith, evidenceRows } from '../planning-input.ts';

const now = Date.parse('2026-11-23T09:00:00.000Z');
const sha256 = artifactDigest.slice('sha256:'.length);
const statement = (predicate: object = {}, subject: readonly object[] = [{ digest: { sha256 } }]) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [...subject],
  predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
  predicate: {
    result: 'PASSED',
    configuration: [],
    stage: 'system',
    startedOn: '2026-11-23T06:00:00Z',
    finishedOn: '2026-11-23T06:30:00Z',
    ...predicate,
  },
});

const sha256Of = (i: number) => ({ digest: { sha256: String(i).padStart(64, '0') } });
const artifacts = (many: number) => Array.from({ length: many }, (_, i) => sha256Of(i));
const ci = signingKey();
const signer = (change: Partial<KeySigner> = {}): Signer => ({ ...signerOf('ci', ci.pem), ...change });
const sort = (item: object, more: { artifact?: string; signers?: readonly Signer[] } = {}) => {
  const { artifact, signers = [] } = more;
  return sortSubmission({ evidence: [item], artifact }, { submittedBy: 'key:ci-shop', now, signers });
};

const faultOf = (item: object, more: { artifact?: string } = {}) => sort(item, more).issues[0];

describe('what is submitted', () => {
  it('is an envelope or a statement, and never both', () => {
    const isTaken = (item: object) => evidenceSubmissionSchema.safeParse({ evidence: [item] }).success;
    expect([{ envelope: {} }, { statement: {} }].map(isTaken)).toEqual([true, true]);
    expect([{ envelope: {}, statement: {} }, {}].map(isTaken)).toEqual([false, false]);
  });

  it('may have as many bytes as count, and not one more', () => {
    const sized = (bytes: number) => {
      const bare = canonicalJson({ ...statement(), note: '' }).length;
      return { statement: { ...statement(), note: 'x'.repeat(bytes - bare) } };
    };
    expect(sort(sized(evidenceLimitBytes)).taken).toHaveLength(1);
    expect(faultOf(sized(evidenceLimitBytes + 1))?.code).toBe('evidence-too-large');
  });

  it('may be about twenty artifacts, and about more where the sender names one', () => {
    expect(sort({ statement: statement({}, artifacts(20)) }).taken).toHaveLength(20);
    expect(faultOf({ statement: statement({}, artifacts(21)) })?.detail).toContain('it is about 21 artifacts');
  });

  it('may have finished a minute ahead, and no later', () => {
    expect(sort({ statement: statement({ finishedOn: '2026-11-23T09:00:00Z' }) }).issues).toEqual([]);
    expect(sort({ statement: statement({ finishedOn: '2026-11-23T09:01:00Z' }) }).issues).toEqual([]);
    expect(faultOf({ statement: statement({ finishedOn: '2026-11-23T09:01:00.001Z' }) })).toEqual({
      pointer: '/evidence/0/statement/predicate/finishedOn',
      code: 'invalid-evidence',
      detail: '2026-11-23T09:01:00.001Z is more than 60 s ahead.',
    });
  });

  it('is refused with what it is about where it was sent for another artifact', () => {
    const artifact = digestFilledWith('f');
    const first = `sha256:${'0'.repeat(64)}`;
    const detailOf = (many: number) => faultOf({ statement: statement({}, artifacts(many)) }, { artifact })?.detail;
    expect(detailOf(1)).toBe(`the statement is about ${first}, not ${artifact}`);
    expect(detailOf(3)).toBe(`the statement is about ${first} and 2 more, not ${artifact}`);
  });

  it('is kept as refused for the artifact that it was sent for, even where it does not name it', () => {
    expect(sort({ envelope: ci.envelope('nonsense') }, { artifact: artifactDigest }).refused).toMatchObject([
      { artifactDigest, stage: null, code: 'unknown-signer' },
    ]);
  });

  it('is kept as refused with the first 500 characters of why', () => {
    const signers = [signer({ name: 'x'.repeat(600), stages: [] })];
    const { issues, refused } = sort({ envelope: ci.envelope(statement()) }, { signers });
    expect(issues[0]?.detail.length).toBeGreaterThan(600);
    expect(refused[0]?.detail).toBe(issues[0]?.detail.slice(0, 500));
  });
});

describe('evidence that has no room', () => {
  const [row] = evidenceRows();
  if (!row) throw new Error('no evidence');
  const taken = [
    { row, statement: statementSchema.parse(statement()), signers: [], at: '/evidence/0/statement' },
    {
      row: { ...row, stage: 'production' as const },
      statement: statementSchema.parse(statement()),
      signers: [],
      at: '',
    },
  ];
  const full = { artifactDigest: row.artifactDigest, stage: row.stage };

  it('is answered where it stands, and kept as refused', () => {
    const detail = `there is as much evidence of stage ${row.stage} for ${row.artifactDigest} as is kept`;
    const { artifactDigest: about, stage, submittedBy, submittedAt: at } = row;
    const elsewhere = { artifactDigest: digestFilledWith('0'), stage: 'system' };
    expect(roomless(taken, [elsewhere, full])).toEqual({
      issues: [{ pointer: '/evidence/0/statement', code: 'evidence-full', detail }],
      refused: [{ artifactDigest: about, stage, code: 'evidence-full', detail, submittedBy, at }],
    });
  });

  it('is only what is of that stage and that artifact', () => {
    const none = { issues: [], refused: [] };
    expect(roomless(taken, [])).toEqual(none);
    expect(roomless(taken, [{ ...full, artifactDigest: digestFilledWith('0') }])).toEqual(none);
    expect(roomless(taken, [{ ...full, stage: 'learning' }])).toEqual(none);
  });
});

describe('a statement', () => {
  const isRead = (predicate: object) => statementSchema.safeParse(statement(predicate)).success;

  it('may finish as it starts, and not before', () => {
    expect(isRead({ finishedOn: '2026-11-23T06:00:00Z' })).toBe(true);
    expect(isRead({ finishedOn: '2026-11-23T05:59:59Z' })).toBe(false);
  });

  it('has failed by its counts only where its result is passed', () => {
    const resultBy = (result: string) => resultOf(statementSchema.parse(statement({ result, counts: { failed: 1 } })));
    expect(resultBy('PASSED')).toBe('FAILED');
    expect(resultBy('WARNED')).toBe('WARNED');
  });

  it('is filed with its link, or without one', () => {
    const urlOf = (predicate: object) => columnsOf(statementSchema.parse(statement(predicate))).url;
    expect(urlOf({ url: 'https://ci.example/runs/1' })).toBe('https://ci.example/runs/1');
    expect(urlOf({})).toBeNull();
  });

  it('is refused as invalid with the place of its first fault, and as of another predicate only where it names one', () => {
    expect(readStatement(statement({ stage: 'x' }))).toMatchObject({
      code: 'invalid-evidence',
      pointer: '/predicate/stage',
      detail: expect.stringContaining('system') as string,
    });
    const { predicateType: _, ...without } = statement();
    expect(readStatement(without)).toMatchObject({ code: 'invalid-evidence', pointer: '/predicateType' });
    expect(readStatement(null)).toMatchObject({ code: 'invalid-evidence', pointer: '' });
  });

  it('is not refused for a fault of the program, which is thrown', () => {
    const broken = Object.defineProperty(statement(), 'subject', {
      get() {
        throw new Error('a fault of the program');
      },
    });
    expect(() => readStatement(broken)).toThrow('a fault of the program');
  });
});

describe('an envelope', () => {
  const known = [signer()];

  it('is refused where what was signed is not JSON in UTF-8', () => {
    const payload = Buffer.from([0x22, 0xff, 0x22]).toString('base64');
    const broken = { ...ci.envelope('""'), payload };
    for (const envelope of [ci.envelope('{'), broken])
      expect(readEnvelope(envelope, known, () => true)).toMatchObject({
        pointer: '/payload',
        code: 'invalid-evidence',
        detail: 'the payload is not JSON in UTF-8',
      });
  });

  it('is refused with the place of a key that stands twice', () => {
    const twice = JSON.stringify(statement()).replace('"result"', '"result":"FAILED","result"');
    expect(readEnvelope(ci.envelope(twice), known)).toMatchObject({
      detail: 'the payload at /predicate/result: the key "result" stands twice',
    });
  });

  it('is refused with the names of those who signed it for a stage that is not theirs', () => {
    expect(readEnvelope(ci.envelope(statement()), [signer({ stages: ['learning'] })])).toMatchObject({
      code: 'signer-not-allowed',
      detail: 'signed by ci, whose signature does not count for stage system',
    });
  });

  it('is refused with the place of what it lacks', () => {
    expect(readSubmitted({ ...ci.envelope(statement()), payload: 3 }, known)).toMatchObject({
      code: 'invalid-evidence',
      pointer: '/payload',
    });
  });
});

describe('what the store kept', () => {
  it('is read out of an envelope, or out of a statement, or is none', () => {
    const [row] = evidenceRows();
    if (!row) throw new Error('no evidence');
    const stageOf = (kept: object) =>
      statementIn({ ...row, envelope: null, statement: null, ...kept })?.predicate.stage;
    expect(stageOf({ envelope: canonicalJson(ci.envelope(statement())) })).toBe('system');
    expect(stageOf({ statement: canonicalJson(statement()) })).toBe('system');
    expect(stageOf({})).toBeUndefined();
    expect(stageOf({ envelope: '{}' })).toBeUndefined();
  });
});

describe('what a refused document claims to be about', () => {
  const sources = { digest: { gitCommit: 'ab'.repeat(20) } };
  const behind = (many: number) => [...Array.from({ length: many }, () => sources), { digest: { sha256 } }];

  it('is the first artifact among its first twenty subjects', () => {
    for (const many of [0, 1, 19])
      expect(claimOf(statement({}, behind(many)))).toEqual({ artifactDigest, stage: 'system' });
    expect(claimOf(statement({}, behind(20)))).toBeNull();
  });

  it('is nothing where it cannot be read', () => {
    for (const document of [null, 3, {}, { payload: '§' }]) expect(claimOf(document)).toBeNull();
  });
});
