import { describe, expect, it } from 'vitest';
import { canonicalJson, digestOf } from '../../../../src/domain/base/canonical-json.ts';
import { formatDuration, parseDuration } from '../../../../src/domain/base/duration.ts';
import { messageOf } from '../../../../src/domain/base/errors.ts';
import {
  deploymentOfWorkflow,
  parseDeploymentId,
  targetOfDeployment,
  workflowOfDeployment,
} from '../../../../src/domain/base/ids.ts';
import {
  artifactSchema,
  freeTextSchema,
  linkSchema,
  nameSchema,
  releaseSchema,
  subjectSchema,
} from '../../../../src/domain/base/text-schemas.ts';
import {
  fillAll,
  fillSome,
  fillText,
  lookupIn,
  referencesIn,
  referringKeysIn,
} from '../../../../src/domain/plan/references.ts';
import { parameterStringSchema } from '../../../../src/domain/planning/parameters.ts';
import { digestFilledWith } from '../planning-input.ts';

describe('durations', () => {
  it.each([
    ['1ms', 1],
    ['500ms', 500],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['90d', 7_776_000_000],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each([
    '',
    '0',
    '0s',
    '00s',
    '01s',
    '-1s',
    '1.5s',
    '1',
    '1 s',
    ' 1s',
    '1s ',
    '1S',
    '1w',
    '91d',
    '36500d',
    '100y',
    '1e3s',
    '1s2m',
    '٣s',
    '1s\n',
  ])('takes %j for no duration', (text) => expect(parseDuration(text)).toBeUndefined());

  it.each([
    [0, '0 s'],
    [82, '0.082 s'],
    [59_999, '59.999 s'],
    [90_000, '1 min 30 s'],
    [3_600_000, '1 h'],
    [90_061_005, '1 d 1 h 1 min 1.005 s'],
    [-1500, '-1.500 s'],
  ])('writes %i ms', (ms, text) => expect(formatDuration(ms)).toBe(text));
});

describe('patterns', () => {
  const accepts = {
    name: [nameSchema, ['a', '0', 'a-b', 'a'.repeat(63)]],
    release: [releaseSchema, ['1', '1.4.2', 'v1.0_rc+5-x', 'a'.repeat(63)]],
    parameter: [parameterStringSchema, ['a', 'a=b,c@d:e/f', 'a'.repeat(256)]],
    subject: [subjectSchema, ['key:a', 'oidc:https://idp.example/|bob', `key:${'a'.repeat(250)}`]],
    link: [linkSchema, ['https://ci.example/1', 'http://[::1]/']],
  } as const;
  const refuses = {
    name: ['', 'A', '-a', 'a-', 'a_b', 'a.b', 'a/b', '..', '__proto__', 'a'.repeat(64), 'a\n', 'é'],
    release: ['', '.1', '-1', '+1', '1..2', '1/2', 'a'.repeat(64), '1 2', '1\n', '1\u0000'],
    parameter: ['', '-rf', '.a', 'a b', 'a;b', 'a\u0000', 'a'.repeat(257), 'a\n', '$a', '${a}'],
    subject: ['key:', 'alice', 'robot:a', `key:${'a'.repeat(251)}`, 'key:a b', 'key:a\n'],
    link: [
      'javascript:alert(1)',
      'ftp://x/',
      '//x/',
      'https://',
      'https://a b/',
      'https://ci:token@ci.example/1',
      'https://ci@ci.example/1',
      'https://:token@ci.example/1',
      ` https://x/`,
      `https://x/${'a'.repeat(512)}`,
    ],
  } as const;
  const kinds = Object.keys(accepts) as (keyof typeof accepts)[];
  it.each(kinds.flatMap((kind) => accepts[kind][1].map((text) => [kind, text] as const)))(
    '%s: takes %j',
    (kind, text) => expect(accepts[kind][0].safeParse(text).success).toBe(true),
  );
  it.each(kinds.flatMap((kind) => refuses[kind].map((text) => [kind, text] as const)))('%s: refuses %j', (kind, text) =>
    expect(accepts[kind][0].safeParse(text).success).toBe(false),
  );

  it('takes an artifact by its digest only', () => {
    const digest = digestFilledWith('a');
    const isGood = (uri: string, given: string) => artifactSchema.safeParse({ uri, digest: given }).success;
    expect(isGood('ghcr.io/acme/shop', digest)).toBe(true);
    expect(isGood('u'.repeat(512), digest)).toBe(true);
    for (const uri of ['', 'u'.repeat(513), 'a b', 'a|b', "a'b"]) expect(isGood(uri, digest)).toBe(false);
    for (const bad of [digest.toUpperCase(), digest.slice(0, -1), `${digest}0`, digest.replace('sha256', 'sha512')])
      expect(isGood('x', bad)).toBe(false);
  });

  it.each([
    ['a uri', () => artifactSchema.safeParse({ uri: '/.%2e'.repeat(1 << 18), digest: digestFilledWith('a') })],
    ['a link', () => linkSchema.safeParse(`ftp://${'a'.repeat(1 << 20)}`)],
    ['a text', () => freeTextSchema(10).safeParse('\0'.repeat(1 << 20))],
  ])('finds nothing more in %s that is too long, and does not look', (_, parse) => {
    expect(parse().error?.issues).toHaveLength(1);
  });

  it('takes free text of any kind but NUL, lone surrogates and too much of it', () => {
    const schema = freeTextSchema(10);
    expect(schema.safeParse('# <b>|`\n😀').success).toBe(true);
    for (const bad of ['', 'a\0b', '\ud800', 'a'.repeat(11), 'a'.repeat(1 << 20)])
      expect(schema.safeParse(bad).success).toBe(false);
  });

  it('reads a deployment id back into its parts', () => {
    expect(parseDeploymentId('shop.production.7')).toStrictEqual({
      service: 'shop',
      environment: 'production',
      number: 7,
    });
    for (const bad of [
      'shop.production',
      'shop.production.0',
      'shop.production.07',
      'shop.production.7.8',
      'S.p.1',
      '..1',
    ])
      expect(parseDeploymentId(bad)).toBeUndefined();
  });
});

describe('canonical JSON', () => {
  it('writes the example of RFC 8785', () => {
    const value = {
      numbers: [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as the RFC shows', () => {
    const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
    const text = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
    expect(Object.keys(JSON.parse(text) as object).sort()).toStrictEqual([...keys].sort());
    const order = [...text.matchAll(/"((?:\\.|[^"])*)":0/gu)].map(
      (match) => JSON.parse(`"${match[1] ?? ''}"`) as string,
    );
    expect(order).toStrictEqual(['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33']);
  });

  it('is the same for the same value in another order, and leaves undefined out', () => {
    expect(canonicalJson({ b: [{ d: 1, c: -0 }], a: undefined })).toBe('{"b":[{"c":0,"d":1}]}');
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
    expect(() => canonicalJson([() => 1])).toThrow(TypeError);
  });

  it('digests UTF-8', () => {
    expect(digestOf('')).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digestOf('abc')).toBe('sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('references', () => {
  const lookup = lookupIn({ release: '1.4.2', parameters: { count: 3, flag: false, nothing: null }, list: [1] });

  it('keep the type where they are the whole value, and become text where they are not', () => {
    expect(
      fillAll({ a: '${parameters.count}', b: 'n=${parameters.count}', c: '${parameters.flag}' }, lookup),
    ).toStrictEqual({
      a: 3,
      b: 'n=3',
      c: false,
    });
  });

  it('are texts in arguments, variables and headers, which are nothing else', () => {
    const texts = {
      command: ['./x', '${parameters.count}'],
      env: { N: '${parameters.count}' },
      headers: { f: '${parameters.flag}' },
    };
    const filled = { command: ['./x', '3'], env: { N: '3' }, headers: { f: 'false' } };
    expect(fillAll(texts, lookup)).toStrictEqual(filled);
    expect(fillSome(texts, lookup)).toStrictEqual(filled);
    // What was written as a number stays one: the adapter’s schema refuses it where a text is needed.
    expect(fillAll({ command: ['./x', 3] }, lookup)).toStrictEqual({ command: ['./x', 3] });
  });

  it('take $${ for a literal, once, in the last filling only', () => {
    expect(fillSome('$${release} ${release}', lookup)).toBe('$${release} 1.4.2');
    expect(fillAll({ http: '$${release} ${release}' }, lookup)).toStrictEqual({ http: '${release} 1.4.2' });
    expect(fillAll({ json: { '/a': ['$${release}'] } }, lookup)).toStrictEqual({ json: { '/a': ['${release}'] } });
    expect(fillText('$${release} is ${release}, ${parameters.count}', lookup)).toBe('${release} is 1.4.2, 3');
    expect(fillText('${parameters.count}', lookup)).toBe('3');
    expect([...referencesIn('$${release}')]).toStrictEqual([]);
  });

  it('leave $${ to the reader of secrets where that one reads, so that it is read once', () => {
    const spec = {
      command: ['$${secret:token}', '${release}'],
      env: { A: '$${secret:token} ${secret:token}' },
      headers: { a: '$${release}' },
      body: { env: '$${release}' },
    };
    expect(fillAll(spec, lookup)).toStrictEqual({
      ...spec,
      command: ['$${secret:token}', '1.4.2'],
      body: { env: '${release}' },
    });
  });

  it('leave what is not known for later', () => {
    expect(fillAll({ command: ['${secret:token}', 'x ${live.release}'] }, lookup)).toStrictEqual({
      command: ['${secret:token}', 'x ${live.release}'],
    });
  });

  it('do not fill in what a value brings along', () => {
    const tricky = lookupIn({ a: '${b}', b: 'secret' });
    expect(fillAll({ http: '${a}' }, tricky)).toStrictEqual({ http: '${b}' });
    expect(fillAll({ http: 'x ${a}' }, tricky)).toStrictEqual({ http: 'x ${b}' });
  });

  it('are escaped in an address that is asked, whatever the kind calls it, and in nothing that is sent', () => {
    const odd = lookupIn({ a: 'x&y=z' });
    const address = 'http://127.0.0.1/count?of=${a}';
    const filled = 'http://127.0.0.1/count?of=x%26y%3Dz';
    expect(fillAll({ http: address, backlog: address }, odd)).toStrictEqual({ http: filled, backlog: filled });
    expect(fillSome({ backlog: address }, odd)).toStrictEqual({ backlog: filled });
    const sent = { body: address, json: { '/a': address }, command: [address], query: 'of=${a}' };
    const plain = address.replace('${a}', 'x&y=z');
    expect(fillAll(sent, odd)).toStrictEqual({
      body: plain,
      json: { '/a': plain },
      command: [plain],
      query: 'of=x&y=z',
    });
  });

  it('are found in keys, where they are never filled in', () => {
    expect([...referringKeysIn({ a: [{ '${one}': 1 }], '$${two}': { x: { 'y${': 1 } } })]).toStrictEqual([
      ['a', 0, '${one}'],
      ['$${two}'],
      ['$${two}', 'x', 'y${'],
    ]);
  });

  it('find own members only', () => {
    for (const name of ['constructor', '__proto__', 'release.length', 'list.0', 'toString', '', '.'])
      expect(lookup(name)).toBeUndefined();
  });

  it('are found with their paths, unclosed ones included', () => {
    expect([...referencesIn({ a: ['x', '${one} ${two}'], b: '${' })]).toStrictEqual([
      { name: 'one', path: ['a', 1] },
      { name: 'two', path: ['a', 1] },
      { name: '', path: ['b'] },
    ]);
  });
});

it.each([
  ['deployment/shop/production/7', 'shop.production.7'],
  ['target/shop/production', null],
  ['deployment/shop/production', null],
  ['deployment/shop.production/7', null],
  ['deployment/shop/production/07', null],
  ['shop/production/7', null],
  ['', null],
])('of workflow %j the deployment is %j', (workflowId, deployment) => {
  expect(deploymentOfWorkflow(workflowId)).toBe(deployment);
});

it('names workflow and target of a deployment by its id, and neither of anything else', () => {
  expect(workflowOfDeployment('shop.production.7')).toBe('deployment/shop/production/7');
  expect(targetOfDeployment('shop.production.7')).toBe('shop/production');
  for (const other of ['shop.production', 'shop.production.07', 'shop/production/7', 'shop.production.7.1', '']) {
    expect(workflowOfDeployment(other)).toBeUndefined();
    expect(targetOfDeployment(other)).toBeUndefined();
  }
});

it.each([
  [new Error('disk full'), 'disk full'],
  ['no error', 'no error'],
  [null, 'null'],
])('%o that was thrown has the message %j', (thrown, message) => {
  expect(messageOf(thrown)).toBe(message);
});
