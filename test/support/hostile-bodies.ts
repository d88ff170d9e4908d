import { procedureDocument, requestDocument } from '../unit/domain/planning-input.ts';
import { signingKey } from './signing.ts';

const mebi = 1024 * 1024;
/** As many of a text as fit into so many bytes. */
const fill = (text: string, bytes = mebi - 8_192) => text.repeat(Math.floor(bytes / text.length));
const list = (item: string, bytes?: number) => `[${fill(`${item},`, bytes)}${item}]`;
const members = (memberOf: (i: number) => string, bytes = mebi - 8_192) => {
  const each: string[] = [];
  for (let [i, left] = [0, bytes]; left > 0; i += 1) {
    const member = memberOf(i);
    each.push(member);
    left -= member.length + 1;
  }
  return `{${each.join(',')}}`;
};
const nested = (depth: number, key: string, inner: string) =>
  `${`{${JSON.stringify(key)}:`.repeat(depth)}${inner}${'}'.repeat(depth)}`;

/** A request with something in the place of a member of its procedure's first action. */
function requestWith(
  member: string,
  json: string,
  change: (procedure: ReturnType<typeof procedureDocument>) => void = () => {},
) {
  const procedure = { ...procedureDocument(), files: [] as string[] };
  change(procedure);
  const action = { http: 'http://127.0.0.1:1/', [member]: '@@', body: '${artifact.digest}' };
  const [first] = procedure.steps;
  procedure.steps = [{ ...first, do: action }, ...procedure.steps.slice(1)];
  return JSON.stringify({ ...requestDocument(), procedure }).replace('"@@"', () => json);
}

/** Ten environments, so that everything is looked at in each of them. */
function inTenEnvironments(procedure: ReturnType<typeof procedureDocument>) {
  const environments = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [i === 0 ? 'production' : `other-${i}`, { values: { front: `h${i}.test` } }]),
  );
  Object.assign(procedure, { environments });
}
const check = { id: 'c', http: 'https://${env.front}/${environment}/${release}' };

/**
 * Bodies of up to 1 MiB that ask for as much work as they can: each of them stopped the API for seconds, or could have
 * done so where a little less was looked at.
 */
export const hostileRequests: ReadonlyMap<string, string> = new Map([
  ['an object with as many keys as fit', members((i) => `"${i.toString(36)}":0`)],
  [
    'the same inside a request',
    JSON.stringify({ ...requestDocument(), x: 1 }).replace('"x":1', `"x":${members((i) => `"${i}":1`)}`),
  ],
  ['a list of nothing', list('{}')],
  ['numbers', list('1e308')],
  ['a number without end', `[${fill('1')}]`],
  ['escapes', JSON.stringify({ ...requestDocument(), service: '@@' }).replace('@@', () => fill('\\u0041'))],
  ['backslashes', JSON.stringify({ ...requestDocument(), service: '@@' }).replace('@@', () => fill('\\\\'))],
  ['brackets that open', fill('[')],
  ['brackets that close', fill(']')],
  ['quotes', fill('"')],
  ['white space', `${fill(' \n')}{}`],
  ['one key of a mebibyte', `{"${fill('k')}":1}`],
  ['long keys within one another', nested(60, 'k'.repeat(500), list('"${x}"', mebi / 2))],
  ['a key twice, as often as fits', `{${fill('"a":1,')}"a":1}`],
  [
    'authors',
    JSON.stringify({ ...requestDocument(), change: { ...requestDocument().change, authors: ['@@'] } }).replace(
      '"@@"',
      () => fill('"github:alice",') + '"x"',
    ),
  ],
  [
    'parameters',
    JSON.stringify({ ...requestDocument(), parameters: '@@' }).replace('"@@"', () => members((i) => `"p${i}":1`)),
  ],
  ['openings of references', requestWith('headers', `{"a":"${fill('${')}"}`)],
  ['openings of references in an address', requestWith('http', `"http://h/${fill('${')}"`)],
  ['references to nothing', requestWith('headers', `{"a":"${fill('${x}')}"}`)],
  ['references to something', requestWith('headers', `{"a":"${fill('${release}')}"}`)],
  ['references that grow', requestWith('http', `"http://h/${fill('${artifact.uri}')}"`)],
  ['references in the host', requestWith('http', `"http://${fill('${artifact.uri}')}"`)],
  ['a few references that grow', requestWith('http', `"http://h/${fill('${artifact.uri}', 28_000)}"`)],
  ['escaped references', requestWith('headers', `{"a":"${fill('$${')}"}`)],
  ['a reference in each item', requestWith('headers', list('"${x}"'))],
  [
    'a reference in each key',
    requestWith(
      'headers',
      members((i) => `"\${${i}":1`),
    ),
  ],
  [
    'references to nothing beside many parameters',
    requestWith(
      'headers',
      list('"${x}"', 1_000),
      (procedure) =>
        (procedure.parameters = Object.fromEntries(
          Array.from({ length: 2_500 }, (_, i) => [`parameter-with-a-long-name-${i}`, { type: 'integer', default: 1 }]),
        )),
    ),
  ],
  ['references far down', requestWith('headers', nested(50, 'k'.repeat(400), list('"${x}"', mebi / 2)))],
  ['lists within lists', requestWith('headers', list('[[[[[[[[[[[[[[1]]]]]]]]]]]]]]'))],
  ['dots of a path', requestWith('http', `"http://h/${fill('../')}"`)],
  ['an address of credentials', requestWith('http', `"http://${fill('a:')}@h/"`)],
  [
    'steps',
    requestWith(
      'method',
      '"PUT"',
      (procedure) =>
        (procedure.steps = Array.from({ length: 4_000 }, (_, i) => ({ ...procedure.steps[0], id: `s${i}` }))),
    ),
  ],
  [
    'checks',
    requestWith(
      'method',
      '"PUT"',
      (procedure) =>
        (procedure.health = Array.from({ length: 9_000 }, (_, i) => ({ ...procedure.health[0]!, id: `s${i}` }))),
    ),
  ],
  [
    'addresses in ten environments',
    requestWith('json', list('"http://a.b:1/ c.d:2 ${environment}"', 95_000), inTenEnvironments),
  ],
  ['dots in ten environments', requestWith('json', `"${fill('a.', 180_000)}:1 \${environment}"`, inTenEnvironments)],
  [
    'checks in ten environments',
    requestWith('method', '"PUT"', (procedure) => {
      inTenEnvironments(procedure);
      procedure.steps = Array.from({ length: 100 }, (_, i) => ({
        ...procedure.steps[0],
        id: `s${i}`,
        verify: Array.from({ length: 3 }, (__, j) => ({ ...check, id: `c${j}` })),
      }));
    }),
  ],
  ['a duration', requestWith('timeout', `"${fill('1')}s"`)],
  [
    'an artifact of digests',
    JSON.stringify({ ...requestDocument(), artifact: { uri: '@@', digest: 'x' } }).replace('@@', () => fill('sha256:')),
  ],
  [
    'an artifact of slashes',
    JSON.stringify({ ...requestDocument(), artifact: { uri: '@@', digest: 'x' } }).replace('@@', () => fill('/.%2e')),
  ],
]);

const statement = (more: object) => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://in-toto.io/attestation/test-result/v0.1',
  predicate: {
    result: 'PASSED',
    configuration: [],
    stage: 'system',
    startedOn: '2026-11-23T08:00:00Z',
    finishedOn: '2026-11-23T08:30:00Z',
    ...more,
  },
});
const bare = (more: object, json = '', times = 1) =>
  JSON.stringify({ evidence: Array.from({ length: times }, () => ({ statement: statement(more) })) }).replaceAll(
    '"@@"',
    () => json,
  );
const envelope = (payload: string, signatures: object[]) => ({
  envelope: { payloadType: 'application/vnd.in-toto+json', payload, signatures },
});
// Well-formed, so that each of them is held against each key.
const [one, other] = [signingKey('ed25519'), signingKey('ecdsa-p256')];
const signatures = Array.from({ length: 5 }, (_, i) => ({ sig: (i % 2 === 0 ? one : other).signatureOf('another') }));
const signature = { sig: one.signatureOf('another') };

export const hostileEvidence: ReadonlyMap<string, string> = new Map([
  ['a submission of 4 MiB', bare({ passedTests: '@@' }, list('"t"', 4 * mebi))],
  ['a submission of 1 MiB', bare({ passedTests: '@@' }, list('"test"', mebi - 8_192))],
  ['tests in all five', bare({ passedTests: '@@' }, list('"a test with a name"', 190_000), 5)],
  ['configurations', bare({ configuration: '@@' }, list('{"a":[[1]]}', 250_000))],
  [
    'unknown fields',
    bare(
      { more: '@@' },
      members((i) => `"${i}":[]`, 250_000),
    ),
  ],
  [
    'envelopes of strangers',
    JSON.stringify({
      evidence: Array.from({ length: 5 }, () => envelope(Buffer.alloc(140_000, 'x').toString('base64'), signatures)),
    }),
  ],
  ['a payload of 1 MiB', JSON.stringify({ evidence: [envelope(fill('A', 1_000_000), [signature])] })],
]);

/** Five stages with 3,000 tests each. */
export const honestEvidence = () =>
  bare(
    { passedTests: Array.from({ length: 3_000 }, (_, i) => `a suite > a test with a name of its own, ${i}`) },
    '',
    5,
  );

const longText = (what: string) => fill(what, mebi - 20_000);
const pathOf = (deployment: string, message: string) => `/v1/deployments/${deployment}/${message}`;

/** Messages to a deployment and to its target, with a path each; nobody who may only request is heard by any of them. */
export function hostileMessages(deployment: string): readonly (readonly [string, string, string])[] {
  const target = `/v1/targets/${deployment.split('.').slice(0, 2).join('/')}`;
  return [
    [
      'a note of line ends',
      pathOf(deployment, 'note'),
      JSON.stringify({ severity: 'minor', statement: fill('\n', 500_000) }),
    ],
    [
      'a note of marks that join',
      pathOf(deployment, 'note'),
      JSON.stringify({ severity: 'minor', statement: fill('e\u0301', 650_000) }),
    ],
    [
      'a step of a name without end',
      pathOf(deployment, 'complete-step'),
      JSON.stringify({ step: longText('a-'), result: 'done' }),
    ],
    ['an approval of members', pathOf(deployment, 'approve'), members((i) => `"${i}":[]`, 80_000)],
    ['an approval far down', pathOf(deployment, 'approve'), nested(60, 'k'.repeat(500), list('1', 18_000))],
    [
      'an adoption of slashes',
      `${target}/adopt`,
      JSON.stringify({ release: '1', artifact: { uri: longText('/.%2e'), digest: 'x' }, reason: 'x' }),
    ],
    ['a review of spaces', `${target}/review`, JSON.stringify({ deployment, findings: longText(' ') })],
    [
      'a decision about a name without end',
      `${target}/resolve`,
      JSON.stringify({ deployment: longText('a.'), decision: 'compensate', reason: 'x' }),
    ],
    [
      'a freeze of times',
      '/v1/freezes',
      JSON.stringify({ from: fill('1', 500_000), until: fill('2026-', 500_000), reason: 'x' }),
    ],
  ];
}

/** Questions as long as a server takes them, and the largest answers. */
export function hostileReads(deployment: string): readonly (readonly [string, string])[] {
  return [
    ['its status', `/v1/deployments/${deployment}`],
    ['its journal', `/v1/deployments/${deployment}/journal?limit=500`],
    ['its record', `/v1/deployments/${deployment}/record`],
    ['all deployments', '/v1/deployments?limit=200'],
    ['a cursor of nothing', `/v1/deployments?cursor=${'A'.repeat(12_000)}`],
    ['a question a thousand times', `/v1/deployments?${'a=1&'.repeat(3_000)}`],
    ['a name of percents', `/v1/deployments/${'%25'.repeat(60)}`],
    ['a digest without end', `/v1/evidence?digest=${'sha256:'.repeat(1_700)}`],
    ['what the API takes', '/openapi.json'],
  ];
}
