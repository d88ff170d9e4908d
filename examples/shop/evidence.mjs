// node evidence.mjs <digest> [--fail stage] [--age 8d] [--key ci.key]: what a pipeline would send to POST /v1/evidence for
// an artifact; with a private key (ed25519, PEM) in signed envelopes.
import { createHash, createPublicKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

const stages = ['integration', 'context', 'system', 'learning', 'production'];
const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const stageMs = 3 * unitMs.m;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { fail: { type: 'string' }, age: { type: 'string', default: '1m' }, key: { type: 'string' } },
});
const [digest = ''] = positionals;
const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(values.age) ?? [];
const isKnown = values.fail === undefined || stages.includes(values.fail);
if (!/^sha256:[0-9a-f]{64}$/.test(digest) || amount === undefined || !isKnown) {
  console.error(
    `usage: node evidence.mjs sha256:<64 hex digits> [--fail ${stages.join('|')}] [--age 8d] [--key ci.key]`,
  );
  process.exit(2);
}

// The last stage finished so long ago; each one began when the one before it was done.
const end = Date.now() - Number(amount) * unitMs[unit];
const statements = stages.map((stage, i) => {
  const finished = end - (stages.length - 1 - i) * stageMs;
  const result = stage === values.fail ? 'FAILED' : 'PASSED';
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'shop', digest: { sha256: digest.slice('sha256:'.length) } }],
    predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
    predicate: {
      result,
      configuration: [],
      stage,
      startedOn: new Date(finished - stageMs).toISOString(),
      finishedOn: new Date(finished).toISOString(),
    },
  };
});
const payloadType = 'application/vnd.in-toto+json';

/** DSSE: what is signed names the type of the payload and how long both are. */
function envelopeOf(statement, key) {
  const payload = JSON.stringify(statement);
  const signed = `DSSEv1 ${payloadType.length} ${payloadType} ${Buffer.byteLength(payload)} ${payload}`;
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const keyid = `sha256:${createHash('sha256').update(spki).digest('hex')}`;
  const sig = sign(null, Buffer.from(signed), key).toString('base64');
  return { payloadType, payload: Buffer.from(payload).toString('base64'), signatures: [{ keyid, sig }] };
}

const key = values.key === undefined ? null : readFileSync(values.key, 'utf8');
const evidence = statements.map((statement) => (key ? { envelope: envelopeOf(statement, key) } : { statement }));
console.log(JSON.stringify({ evidence }, null, 2));
