import { describe, expect, it } from 'vitest';
import { byteLength, canonicalJson, digestOfJson } from '../../../../src/domain/base/canonical-json.ts';
import type { ErrorCode } from '../../../../src/domain/base/error-codes.ts';
import { parseWith } from '../../../../src/domain/base/issues.ts';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import { entryLimitBytes } from '../../../../src/domain/journal/fit-entry.ts';
import { largestGrant } from '../../../../src/domain/journal/largest-grant.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { sealsOf } from '../../../../src/domain/plan/seals.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { digestPlan } from '../../../../src/domain/planning/plan-digest.ts';
import { procedureSchema } from '../../../../src/domain/planning/procedure.ts';
import { deploymentRequestSchema } from '../../../../src/domain/planning/request.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { repositorySchema } from '../../../../src/domain/policy/repositories.ts';
import {
  artifactDigest,
  environmentDocument,
  planningInput,
  policyDocument,
  procedureDocument,
  requestDocument,
} from '../planning-input.ts';
import { refusalOf } from '../refusal-of.ts';

type Loose = Record<string, any>; // oxlint-disable-line typescript/no-explicit-any -- documents are changed by hand

/** A document after one change; through JSON, as documents arrive. */
function changed(document: object, change: (draft: Loose) => unknown): unknown {
  const draft = structuredClone(document) as Loose;
  change(draft);
  return JSON.parse(JSON.stringify(draft));
}

const procedureRefusal = (change: (draft: Loose) => unknown) =>
  refusalOf(() => parseWith(procedureSchema, changed(procedureDocument(), change), 'invalid-procedure', ['procedure']));
const policyRefusal = (change: (draft: Loose) => unknown) =>
  refusalOf(() => parseWith(policySchema, changed(policyDocument(), change), 'invalid-policy'));
const planRefusal = (documents: Parameters<typeof planningInput>[0]) =>
  refusalOf(() => freezePlan(planningInput(documents)));
const withProcedure = (change: (draft: Loose) => unknown) => ({ procedure: changed(procedureDocument(), change) });
const withPolicy = (change: (draft: Loose) => unknown) => ({
  policy: changed(policyDocument(), (draft) => change((draft['environments'] as Loose)['production'] as Loose)),
});

/** Both slots after one change. */
const withSlots = (change: (slot: Loose) => unknown) =>
  withProcedure((p) => Object.values(p['slots'] as Record<string, Loose>).forEach(change));

describe('a plan', () => {
  it('has the digest of its canonical JSON, and leaves open only what the lock binds', () => {
    const { plan, planDigest } = freezePlan(planningInput());
    expect(planDigest).toBe(digestOfJson(plan));
    expect(plan.steps[0]).toMatchObject({
      do: { spec: { command: ['./shopctl', 'start', '${slot.idle.name}', artifactDigest] } },
    });
    expect(plan.steps[3]).toMatchObject({ kind: 'hold', durationMs: 30_000 });
  });

  it('has slots that fill the entry that binds them, and no more', () => {
    const planWith = (length: number) =>
      freezePlan(
        planningInput(withSlots((slot) => ['a', 'b', 'c', 'd'].forEach((key) => (slot[key] = 'x'.repeat(length))))),
      ).plan;
    const lengths = Array.from({ length: 512 }, (_, length) => length);
    const maxLength = lengths.findLast((length) => refusalOf(() => planWith(length)).length === 0) ?? 0;
    expect(refusalOf(() => planWith(maxLength + 1))).toStrictEqual(['limit-exceeded /procedure/slots']);
    const entry = { v: 1, seq: 99_999, at: new Date(0).toISOString(), ...largestGrant(planWith(maxLength)) };
    expect(byteLength(JSON.stringify(entry))).toBeGreaterThan(entryLimitBytes - 100);
    expect(byteLength(JSON.stringify(entry))).toBeLessThanOrEqual(entryLimitBytes);
  });

  it('is filled in wherever a person reads it', () => {
    const { plan } = freezePlan(
      planningInput(
        withProcedure((p) => {
          p['description'] = 'Brings ${release}, not $${release}';
          p['steps'][0].title = 'Start ${release}';
          p['steps'][1].undo.none = '${service} keeps it';
          p['steps'][1].verify.none = 'seen for ${parameters.hold}';
          p['validation'].performance.none = 'none in ${environment}';
          p['steps'][3] = {
            id: 'call',
            title: 'Call',
            manual: { instructions: 'Say ${release}', role: 'support' },
            revertible: false,
            reason: '${release} was said',
          };
        }),
      ),
    );
    expect(plan).toMatchObject({
      procedure: { description: 'Brings 1.4.2, not ${release}' },
      steps: [
        { title: 'Start 1.4.2' },
        { undo: { reason: 'shop keeps it' }, verify: { reason: 'seen for 30s' } },
        {},
        { instructions: 'Say 1.4.2', undo: { reason: '1.4.2 was said' } },
        {},
      ],
      validation: { performance: { reason: 'none in production' } },
    });
  });

  it('states for how long rollback checks hold after an attempt whose end is unknown', () => {
    const settleMsOf = (settle?: string, timeout?: string) =>
      freezePlan(
        planningInput(
          withProcedure((p) => {
            if (settle !== undefined) p['rollback'].settle = settle;
            for (const step of p['steps']) if (timeout !== undefined && step.do) step.do.timeout = timeout;
          }),
        ),
      ).plan.rollback.settleMs;
    expect(settleMsOf('7s')).toBe(7_000);
    // As long as an action may take, and no longer than 30 s.
    expect(settleMsOf(undefined, '2s')).toBe(2_000);
    expect(settleMsOf(undefined, '1m')).toBe(30_000);
  });

  it('counts the digest as read back where a command gets it', () => {
    const documents = withProcedure((p) => {
      delete p['steps'][0].done;
      p['steps'][0].verify = [{ id: 'version', command: ['./shopctl', 'version', '${artifact.digest}'] }];
    });
    expect(planRefusal(documents)).toStrictEqual([]);
  });

  it('has another digest when anything in it changes', () => {
    const { planDigest } = freezePlan(planningInput());
    const others = [
      withProcedure((p) => {
        p['steps'][4].title = 'Owner says so';
      }),
      withPolicy((e) => {
        e['approvals'].expireAfter = '23h';
      }),
      { request: { ...requestDocument(), parameters: { hold: '31s' } } },
      { policy: changed(policyDocument(), (p) => p['people'][3].roles.push('developer')) },
    ].map((documents) => freezePlan(planningInput(documents)).planDigest);
    expect(new Set([planDigest, ...others]).size).toBe(5);
  });
});

describe('a procedure', () => {
  const faults: readonly (readonly [string, (p: Loose) => unknown, string])[] = [
    ['an unknown key', (p) => (p['colour'] = 1), '/procedure/colour'],
    ['an unknown key in a step', (p) => (p['steps'][1].shell = 'x'), '/procedure/steps/1/shell'],
    ['a key with a slash', (p) => (p['a/b~c'] = 1), '/procedure/a~1b~0c'],
    ['a name with ..', (p) => (p['procedure'] = '../x'), '/procedure/procedure'],
    ['a control character in an id', (p) => (p['steps'][0].id = 'a\u0007'), '/procedure/steps/0/id'],
    ['a title of 1 MiB', (p) => (p['steps'][0].title = 'x'.repeat(1 << 20)), '/procedure/steps/0/title'],
    ['a hold of 0', (p) => (p['steps'][3].hold = '0s'), '/procedure/steps/3/hold'],
    ['a hold of 100 years', (p) => (p['steps'][3].hold = '36500d'), '/procedure/steps/3/hold'],
    ['a file outside its folder', (p) => (p['files'] = ['../shopctl']), '/procedure/files/0'],
    ['an absolute file', (p) => (p['files'] = ['/bin/sh']), '/procedure/files/0'],
    ['no health check', (p) => (p['health'] = []), '/procedure/health'],
    ['no smoke test', (p) => (p['validation'].smoke = []), '/procedure/validation/smoke'],
    ['smoke: none', (p) => (p['validation'].smoke = { none: 'x' }), '/procedure/validation/smoke'],
    [
      'a group without a reason',
      (p) => (p['validation'].features = { none: '' }),
      '/procedure/validation/features/none',
    ],
    ['a missing group', (p) => delete p['validation'].features, '/procedure/validation/features'],
    ['no rollback check', (p) => (p['rollback'].verify = []), '/procedure/rollback/verify'],
    ['two kinds in a step', (p) => (p['steps'][0].hold = '1s'), '/procedure/steps/0'],
    ['no kind in a step', (p) => delete p['steps'][3].hold, '/procedure/steps/3'],
    ['no undo', (p) => delete p['steps'][0].undo, '/procedure/steps/0/undo'],
    ['no verify', (p) => delete p['steps'][0].verify, '/procedure/steps/0/verify'],
    [
      'an irreversible step without a reason',
      (p) => {
        p['steps'][1].revertible = false;
        delete p['steps'][1].undo;
      },
      '/procedure/steps/1/reason',
    ],
    ['an id twice', (p) => (p['steps'][1].id = 'start-idle'), '/procedure/steps/1/id'],
    ['no steps', (p) => (p['steps'] = []), '/procedure/steps'],
    ['steps that only wait', (p) => (p['steps'] = [{ id: 'a', title: 'a', hold: '1s' }]), '/procedure/steps/0'],
    ['a hold before the first change', (p) => p['steps'].unshift(p['steps'][3]), '/procedure/steps/0'],
    ['a gate before the first change', (p) => p['steps'].unshift(p['steps'][4]), '/procedure/steps/0'],
    [
      'a limit of a parameter that is a reference',
      (p) => (p['parameters'].hold.maximum = '${parameters.cap}'),
      '/procedure/parameters/hold/maximum',
    ],
    ['a reference in a slot', (p) => (p['slots'].blue.url = 'http://x/${release}'), '/procedure/slots/blue/url'],
    ['half a reference in a slot', (p) => (p['slots'].blue.half = '$'), '/procedure/slots/blue/half'],
    ['three slots', (p) => (p['slots'].red = {}), '/procedure/slots'],
    ['a slot with a name beside its own', (p) => (p['slots'].blue.name = 'green'), '/procedure/slots/blue/name'],
    [
      'a slot of 21 keys',
      (p) => (p['slots'].blue = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`k${i}`, i]))),
      '/procedure/slots/blue',
    ],
    [
      '101 steps',
      (p) => (p['steps'] = Array.from({ length: 101 }, (_, i) => ({ ...p['steps'][1], id: `s${i}` }))),
      '/procedure/steps',
    ],
    ['version 2', (p) => (p['gantry'] = 2), '/procedure/gantry'],
  ];
  it.each(faults)('with %s is refused where it stands', (_, change, pointer) => {
    expect(procedureRefusal(change)).toContain(`invalid-procedure ${pointer}`);
  });

  it.each([
    ['{"__proto__":{}}', '/__proto__'],
    ['{"parameters":{"__proto__":{"type":"string"}}}', '/parameters/__proto__'],
    ['{"steps":[{"do":{"body":{"__proto__":1}}}]}', '/steps/0/do/body/__proto__'],
    [`{"health":${'['.repeat(5000)}${']'.repeat(5000)}}`, `/health${'/0'.repeat(63)}`],
  ])('is refused where a schema would not look: %#', (json, pointer) => {
    expect(refusalOf(() => parseWith(procedureSchema, JSON.parse(json), 'invalid-procedure'))).toStrictEqual([
      `invalid-procedure ${pointer}`,
    ]);
  });

  it('may begin with a manual step', () => {
    const call = { id: 'call', title: 'Call', manual: { instructions: 'Call', role: 'support' }, undo: { none: 'x' } };
    expect(procedureRefusal((p) => p['steps'].unshift(call))).toStrictEqual([]);
  });

  it('may have 100 steps', () => {
    const steps = Array.from({ length: 100 }, (_, i) => ({ ...procedureDocument().steps[1], id: `s${i}` }));
    expect(procedureRefusal((p) => (p['steps'] = steps))).toStrictEqual([]);
  });
});

it('a reference to nothing is refused with the names that exist', () => {
  const input = planningInput(withProcedure((p) => p['steps'][0].do.command.push('${parameters.hodl}')));
  expect(() => freezePlan(input)).toThrow(
    expect.objectContaining({
      issues: [
        expect.objectContaining({
          detail: expect.stringMatching(
            /^\$\{parameters\.hodl\} refers to nothing: there are release, artifact\.uri, artifact\.digest, service, environment, parameters\.hold.*, fence, .*slot\.live\.name.*slot\.idle\.url/,
          ),
        }),
      ],
    }),
  );
});

it.each([
  ['a gate', (p: Loose) => (p['steps'][4].gate.role = 'nobody-has'), '/procedure/steps/4/gate'],
  ['a gate for more people than there are', (p: Loose) => (p['steps'][4].gate.minimum = 9), '/procedure/steps/4/gate'],
  [
    'a manual step',
    (p: Loose) =>
      p['steps'].push({ id: 'x', title: 'X', manual: { instructions: 'x', role: 'nobody-has' }, undo: { none: 'x' } }),
    '/procedure/steps/5/manual/role',
  ],
  [
    'a handover',
    (p: Loose) => (p['monitoring'].handoff = { role: 'nobody-has', within: '1h' }),
    '/procedure/monitoring/handoff/role',
  ],
])('%s that nobody could take part in is refused, before anything is changed in vain', (_what, change, pointer) => {
  expect(() => freezePlan(planningInput(withProcedure(change)))).toThrow(
    expect.objectContaining({
      code: 'policy-not-met',
      pointer,
      message: expect.stringMatching(/nobody could pass it/),
    }),
  );
});

it('the fence alone is an argument', () => {
  const { plan } = freezePlan(planningInput(withProcedure((p) => p['steps'][0].do.command.push('${fence}'))));
  const [start] = plan.steps;
  expect(start?.kind === 'action' && start.do.spec['command']).toContain('${fence}');
});

describe('planning refuses', () => {
  const step0 = '/procedure/steps/0';
  const cases: readonly (readonly [string, Parameters<typeof planningInput>[0], ErrorCode, string])[] = [
    [
      'a reference to nothing',
      withProcedure((p) => p['steps'][0].do.command.push('${nothing}')),
      'unknown-reference',
      `${step0}/do/command/4`,
    ],
    [
      'an unclosed reference',
      withProcedure((p) => p['steps'][0].do.command.push('${release')),
      'unknown-reference',
      `${step0}/do/command/4`,
    ],
    [
      'a reference to a member of all objects',
      withProcedure((p) => p['steps'][0].do.command.push('${constructor.name}')),
      'unknown-reference',
      `${step0}/do/command/4`,
    ],
    [
      'a reference in a key',
      withProcedure((p) => (p['steps'][2].done.json = { '/slots/${slot.idle.name}': 1 })),
      'unknown-reference',
      '/procedure/steps/2/done/json/~1slots~1${slot.idle.name}',
    ],
    [
      'a literal in a key',
      withProcedure((p) => (p['steps'][2].do.body = { a: [{ '$${release}': 1 }] })),
      'unknown-reference',
      '/procedure/steps/2/do/body/a/0/$${release}',
    ],
    ...['artifact', 'parameters'].map((name): (typeof cases)[number] => [
      `all of \${${name}}`,
      withProcedure((p) => (p['steps'][2].do.body = `\${${name}}`)),
      'unknown-reference',
      '/procedure/steps/2/do/body',
    ]),
    [
      'a reason that is known only later',
      withProcedure((p) => (p['steps'][1].undo.none = '${live.release} stays')),
      'unknown-reference',
      '/procedure/steps/1/undo/none',
    ],
    [
      'a group without checks whose reason is known only later',
      withProcedure((p) => (p['validation'].performance.none = '${slot.live.name}')),
      'unknown-reference',
      '/procedure/validation/performance/none',
    ],
    [
      'a title that is known only later',
      withProcedure((p) => (p['steps'][0].title = 'Start ${slot.idle.name}')),
      'unknown-reference',
      `${step0}/title`,
    ],
    [
      'a slot key that only one slot has',
      withProcedure((p) => {
        p['slots'].blue.port = 1;
        p['steps'][0].do.command.push('${slot.idle.port}');
      }),
      'unknown-reference',
      `${step0}/do/command/4`,
    ],
    [
      'slots that do not fit into the entry of the grant',
      withSlots((slot) => Object.assign(slot, { a: 'x'.repeat(512), b: 'x'.repeat(512), c: 'x'.repeat(512) })),
      'limit-exceeded',
      '/procedure/slots',
    ],
    [
      'a time that is known only later',
      withProcedure((p) => (p['steps'][3].hold = '${slot.idle.name}')),
      'unknown-reference',
      '/procedure/steps/3/hold',
    ],
    [
      'a NUL in an argv',
      withProcedure((p) => p['steps'][0].do.command.push('a\0b')),
      'invalid-procedure',
      `${step0}/do/command/4`,
    ],
    [
      'an adapter nobody knows',
      withProcedure((p) => (p['steps'][1].do = { shell: 'rm -rf /' })),
      'invalid-procedure',
      '/procedure/steps/1/do',
    ],
    [
      'two adapters at once',
      withProcedure((p) => (p['steps'][1].do.http = 'http://x/')),
      'invalid-procedure',
      '/procedure/steps/1/do',
    ],
    [
      'a key that the adapter does not know',
      withProcedure((p) => (p['steps'][1].do.cwd = '/')),
      'invalid-procedure',
      '/procedure/steps/1/do/cwd',
    ],
    [
      'a sampling option that is no duration',
      withProcedure((p) => (p['validation'].smoke[0].interval = '100y')),
      'invalid-procedure',
      '/procedure/validation/smoke/0/interval',
    ],
    [
      'attempts outside of undo',
      withProcedure((p) => (p['steps'][0].do.attempts = 2)),
      'invalid-procedure',
      `${step0}/do/attempts`,
    ],
    [
      'a parameter nobody declared',
      { request: { ...requestDocument(), parameters: { other: 'x' } } },
      'invalid-parameter',
      '/parameters/other',
    ],
    [
      'a parameter beyond its maximum',
      { request: { ...requestDocument(), parameters: { hold: '2h' } } },
      'invalid-parameter',
      '/parameters/hold',
    ],
    [
      'a monitoring period shorter than policy',
      withProcedure((p) => (p['monitoring'].period = '14m')),
      'policy-not-met',
      '/procedure/monitoring/period',
    ],
    [
      'a validation group that policy requires',
      withPolicy((e) => (e['require'] = { validation: ['smoke', 'performance'] })),
      'policy-not-met',
      '/procedure/validation/performance',
    ],
    [
      'no availability check',
      withProcedure((p) => (p['health'] = [{ id: 'up', http: 'http://127.0.0.1:4000/' }])),
      'policy-not-met',
      '/procedure/health',
    ],
    [
      'an action that does not bind the digest',
      withProcedure((p) => p['steps'][0].do.command.pop()),
      'artifact-unbound',
      '/procedure/steps',
    ],
    [
      'a step longer than the limit with all its attempts',
      withProcedure((p) => {
        p['steps'][2].do.timeout = '4m';
        p['steps'][2].retry.attempts = 3;
      }),
      'limit-exceeded',
      '/procedure/steps/2',
    ],
    ['a step longer than the limit', withProcedure((p) => (p['steps'][0].do.timeout = '11m')), 'limit-exceeded', step0],
    [
      'a gate longer than the limit',
      withProcedure((p) => (p['steps'][4].gate.within = '5h')),
      'limit-exceeded',
      '/procedure/steps/4/gate/within',
    ],
    [
      'steps longer than executing may take',
      withProcedure((p) => (p['steps'][3].hold = '5h')),
      'limit-exceeded',
      '/procedure/steps',
    ],
    [
      'an author nobody knows',
      { request: changed(requestDocument(), (r) => (r['change'].authors = ['github:eve'])) },
      'invalid-parameter',
      '/change/authors/0',
    ],
    [
      'a robot that names nobody',
      { request: changed(requestDocument(), (r) => delete r['change'].onBehalfOf) },
      'malformed',
      '/change/onBehalfOf',
    ],
    [
      'a robot that leaves the authors out',
      { request: changed(requestDocument(), (r) => delete r['change'].authors) },
      'malformed',
      '/change/authors',
    ],
    [
      'a robot that says that nobody wrote the artifact',
      { request: changed(requestDocument(), (r) => (r['change'].authors = [])) },
      'malformed',
      '/change/authors',
    ],
    [
      'an environment without rules',
      { request: { ...requestDocument(), environment: 'staging' } },
      'unknown-environment',
      '/environment',
    ],
    [
      'an inline procedure',
      { request: { ...requestDocument(), procedure: procedureDocument() } },
      'inline-procedure-refused',
      '/procedure',
    ],
    [
      'a way back to what is not there',
      { request: changed(requestDocument(), (r) => (r['change'].initial = true)) },
      'unknown-reference',
      '/procedure/rollback/verify/0/json/~1release',
    ],
    [
      '97 KiB',
      withProcedure(
        (p) =>
          (p['steps'] = [
            ...p['steps'],
            ...Array.from({ length: 90 }, (_, i) => ({
              ...p['steps'][1],
              id: `s${i}`,
              title: 'x'.repeat(200),
              do: { command: ['./shopctl', 'x'.repeat(700)] },
            })),
          ]),
      ),
      'plan-too-large',
      '/procedure',
    ],
  ];
  it.each(cases)('%s', (_, documents, code, pointer) => {
    expect(planRefusal(documents)).toContain(`${code} ${pointer}`);
  });

  it.each<readonly [string, object, readonly string[]]>([
    [
      'more good samples in a row than there are',
      { count: 2, consecutiveSuccessLimit: 3 },
      ['consecutiveSuccessLimit'],
    ],
    ['as many in a row as there are', { count: 3, consecutiveSuccessLimit: 3 }, []],
    ['a limit of failures that no run reaches', { count: 3, failureLimit: 3 }, ['failureLimit']],
    ['the highest limit of failures that can be passed', { count: 3, failureLimit: 2 }, []],
    ['a limit of failures of one sample', { failureLimit: 1 }, ['failureLimit']],
    ['a limit of errors that no run reaches', { count: 3, consecutiveErrorLimit: 3 }, ['consecutiveErrorLimit']],
    ['a limit of errors that one does', { count: 3, consecutiveErrorLimit: 2 }, []],
    ['count beside within', { within: '5s', count: 2 }, ['count']],
    [
      'limits that within does not heed',
      { within: '5s', failureLimit: 2, consecutiveErrorLimit: 2 },
      ['failureLimit', 'consecutiveErrorLimit'],
    ],
    [
      'more good samples in a row than fit into within',
      { within: '5s', interval: '2s', consecutiveSuccessLimit: 5 },
      ['consecutiveSuccessLimit'],
    ],
    ['as many as fit', { within: '5s', interval: '2s', consecutiveSuccessLimit: 4 }, []],
    ['an interval that is longer than within: it is tried at its end', { within: '1s', interval: '10s' }, []],
    ['an absence that nothing reads back', { absent: 404 }, ['absent']],
  ])('of checks that decide at one point, each where it stands: %s', (_, options, keys) => {
    const asked = { id: 'asked', http: 'http://127.0.0.1:4000/', ...options };
    const places: readonly (readonly [string, Parameters<typeof planningInput>[0]])[] = [
      ['/procedure/steps/0/verify/0', withProcedure((p) => (p['steps'][0].verify = [asked]))],
      ['/procedure/rollback/verify/0', withProcedure((p) => (p['rollback'].verify = [asked]))],
      ['/procedure/validation/smoke/0', withProcedure((p) => (p['validation'].smoke = [asked]))],
      ['/procedure/validation/performance/0', withProcedure((p) => (p['validation'].performance = [asked]))],
    ];
    for (const [place, documents] of places)
      expect(planRefusal(documents)).toStrictEqual(keys.map((key) => `invalid-procedure ${place}/${key}`));
  });

  it.each<readonly [string, object, readonly string[]]>([
    ['a time and an absence', { within: '5s', interval: '100ms', absent: [404, 410] }, []],
    ['a number of samples', { count: 3, interval: '100ms' }, []],
    ['both', { within: '5s', count: 3 }, ['count']],
    [
      'limits',
      { failureLimit: 1, consecutiveErrorLimit: 1, consecutiveSuccessLimit: 1, onInconclusive: 'roll-back' },
      ['failureLimit', 'consecutiveErrorLimit', 'consecutiveSuccessLimit', 'onInconclusive'],
    ],
  ])('of what reads an effect back: %s', (_, options, keys) => {
    const documents = withProcedure((p) => (p['steps'][0].done = { http: 'http://127.0.0.1:4000/', ...options }));
    expect(planRefusal(documents)).toStrictEqual(keys.map((key) => `invalid-procedure ${step0}/done/${key}`));
  });

  it('an option of a health check that has no meaning there', () => {
    const pointless = { within: '5s', count: 3, consecutiveSuccessLimit: 2 };
    const ofPace = { interval: '1s', consecutiveErrorLimit: 2 };
    const refused = (options: object) =>
      Object.keys(options).map((key) => `invalid-procedure /procedure/health/0/${key}`);
    const both = { ...pointless, ...ofPace };
    expect(planRefusal(withProcedure((p) => Object.assign(p['health'][0], both)))).toStrictEqual(refused(both));
    const asked = { id: 'up', http: 'http://127.0.0.1:4000/' };
    expect(planRefusal(withProcedure((p) => p['health'].unshift({ ...asked, ...both })))).toStrictEqual(
      refused(pointless),
    );
    expect(planRefusal(withProcedure((p) => p['health'].unshift({ ...asked, ...ofPace })))).toStrictEqual([]);
  });

  it.each<readonly [string, (p: Loose, command: readonly string[]) => unknown]>([
    ['/steps/1/do/command/0', (p, command) => (p['steps'][1].do = { command })],
    ['/steps/1/undo/command/0', (p, command) => (p['steps'][1].undo = { command })],
    ['/steps/1/done/command/0', (p, command) => (p['steps'][1].done = { command })],
    ['/steps/1/verify/0/command/0', (p, command) => (p['steps'][1].verify = [{ id: 'x', command }])],
    ['/health/1/command/0', (p, command) => p['health'].push({ id: 'x', command })],
    ['/validation/smoke/1/command/0', (p, command) => p['validation'].smoke.push({ id: 'x', command })],
    ['/validation/integrations/0/command/0', (p, command) => (p['validation'].integrations = [{ id: 'x', command }])],
    ['/rollback/verify/1/command/0', (p, command) => p['rollback'].verify.push({ id: 'x', command })],
    [
      '/steps/1/undo/command/0',
      (p, command) => {
        p['steps'][1] = { id: 'm', title: 'm', manual: { instructions: 'm', role: 'support' }, undo: { command } };
      },
    ],
  ])('a program that files does not list, at %s', (pointer, change) => {
    const refused = [
      './other',
      'bin/warm',
      '../shopctl',
      './bin/../shopctl',
      'a/../../x',
      './${slot.idle.name}',
      '$${x}',
      // Looked for where the worker has its own, and not beside the procedure.
      'shopctl',
    ];
    for (const program of refused)
      expect(planRefusal(withProcedure((p) => change(p, [program])))).toStrictEqual([
        `invalid-procedure /procedure${pointer}`,
      ]);
    for (const program of ['env', './shopctl', './/./shopctl', '/usr/bin/env', '${parameters.hold}'])
      expect(planRefusal(withProcedure((p) => change(p, [program])))).toStrictEqual([]);
  });

  it('all faults of references, adapters and rules together, without those that follow from another one', () => {
    const documents = withProcedure((p) => {
      p['steps'][0].do.command[3] = '${artifact.digset}';
      p['steps'][1].do.command[0] = './other';
      p['steps'][2].do.http = 'nowhere';
      p['monitoring'].period = '8d';
      // Its own option is wrong, and an availability check is missing all the same.
      p['health'] = [{ id: 'up', command: ['true'], within: '3s' }];
    });
    // That no action is given the digest comes of the reference.
    expect(planRefusal(documents).toSorted()).toStrictEqual(
      [
        'unknown-reference /procedure/steps/0/do/command/3',
        'invalid-procedure /procedure/steps/2/do/http',
        'invalid-procedure /procedure/health/0/within',
        'policy-not-met /procedure/health',
        'invalid-procedure /procedure/steps/1/do/command/0',
        'limit-exceeded /procedure/monitoring/period',
      ].toSorted(),
    );
  });

  it.each<readonly [string, (p: Loose) => unknown]>([
    ['never looks', () => undefined],
    ['sends it in a URL', (p) => (p['health'][0].availability = 'http://x/${artifact.digest}')],
    ['sends it in a body', (p) => (p['validation'].smoke[0].body = { '/digest': '${artifact.digest}' })],
    ['compares what only looks like it', (p) => (p['validation'].smoke[0].json = { '/a': '$${artifact.digest}' })],
    ['looks once it was rolled back', (p) => (p['rollback'].verify[0].json = { '/a': '${artifact.digest}' })],
  ])('a procedure that deploys the digest and never reads it back: it %s', (_, change) => {
    const documents = withProcedure((p) => {
      delete p['steps'][0].done;
      p['steps'][0].verify = { none: 'x' };
      change(p);
    });
    expect(planRefusal(documents)).toStrictEqual(['artifact-unbound /procedure/steps']);
  });

  it('a health check of no kind, without the fault that availability is missing', () => {
    const documents = withProcedure((p) => (p['health'] = [{ id: 'up', avialability: 'http://127.0.0.1/' }]));
    expect(planRefusal(documents)).toStrictEqual(['invalid-procedure /procedure/health/0']);
  });

  it('a check whose reference is wrong, without the fault that the digest is not read back, which follows from it', () => {
    const documents = withProcedure((p) => {
      delete p['steps'][0].done;
      p['steps'][0].verify = { none: 'x' };
      p['validation'].smoke[0].json = { '/digest': '${artifact.digset}' };
    });
    expect(planRefusal(documents)).toStrictEqual(['unknown-reference /procedure/validation/smoke/0/json/~1digest']);
  });

  it('a procedure whose action is given what only looks like the digest', () => {
    const documents = withProcedure((p) => p['steps'][0].do.command.splice(3, 1, '$${artifact.digest}'));
    expect(planRefusal(documents)).toStrictEqual(['artifact-unbound /procedure/steps']);
  });

  it('more than 96 KiB, to the byte', () => {
    const { plan } = freezePlan(planningInput());
    const planOf = (description: string): Plan => ({ ...plan, procedure: { ...plan.procedure, description } });
    const room = 98_304 - byteLength(canonicalJson(planOf('')));
    expect(byteLength(canonicalJson(digestPlan(planOf('x'.repeat(room))).plan))).toBe(98_304);
    expect(refusalOf(() => digestPlan(planOf('x'.repeat(room + 1))))).toStrictEqual(['plan-too-large /procedure']);
    expect(refusalOf(() => digestPlan(planOf(`${'x'.repeat(room - 1)}é`)))).toStrictEqual([
      'plan-too-large /procedure',
    ]);
  });

  it('a requester without the right to request', () => {
    const input = { ...planningInput(), requester: { subject: 'key:mallory', name: 'Mallory' } };
    expect(refusalOf(() => freezePlan(input))).toStrictEqual(['forbidden']);
  });
});

describe('a policy', () => {
  const production = '/environments/production';
  const inProduction = (change: (e: Loose) => void) => (p: Loose) => change(p['environments'].production as Loose);
  const cases: readonly (readonly [string, (p: Loose) => unknown, string])[] = [
    ['an unknown key', (p) => (p['teams'] = []), 'invalid-policy /teams'],
    ['nobody in it', (p) => (p['people'] = []), 'invalid-policy /people'],
    ['one subject twice', (p) => (p['people'][1].subject = 'key:alice'), 'invalid-policy /people/1/subject'],
    [
      'an alias that is another person',
      (p) => (p['people'][1].aliases = ['key:alice']),
      'invalid-policy /people/1/aliases/0',
    ],
    ['a robot that is a person', (p) => (p['robots'][0].subject = 'key:alice'), 'invalid-policy /robots/0/subject'],
    ['a robot that may approve', (p) => (p['robots'][0].may = ['approve']), 'invalid-policy /robots/0/may/0'],
    [
      'a role nobody has',
      inProduction((e) => (e['approvals'].rules[0].role = 'king')),
      `invalid-policy ${production}/approvals/rules/0/role`,
    ],
    [
      'no approval rule',
      inProduction((e) => (e['approvals'].rules = [])),
      `invalid-policy ${production}/approvals/rules`,
    ],
    [
      'two rules for one role',
      inProduction((e) => e['approvals'].rules.push(e['approvals'].rules[0])),
      `invalid-policy ${production}/approvals/rules`,
    ],
    [
      'authors who may approve',
      inProduction((e) => (e['approvals'].exclude = ['requester'])),
      `invalid-policy ${production}/approvals/exclude`,
    ],
    [
      'nobody who is paged',
      inProduction((e) => (e['stakeholders'][0].on = ['requested', 'deployed', 'ended'])),
      `invalid-policy ${production}/stakeholders`,
    ],
    [
      'nobody who is told of the end',
      inProduction((e) => (e['stakeholders'][0].on = ['requested', 'deployed', 'page'])),
      `invalid-policy ${production}/stakeholders`,
    ],
    [
      'a service without owners',
      (p) => (p['services'] = { shop: { owners: [] } }),
      'invalid-policy /services/shop/owners',
    ],
    [
      'an owner whom it does not know',
      (p) => (p['services'] = { shop: { owners: ['key:bob', 'key:ci-shop'] } }),
      'invalid-policy /services/shop/owners/1',
    ],
    [
      'an owner by two names',
      (p) => (p['services'] = { shop: { owners: ['key:bob', 'github:bob'] } }),
      'invalid-policy /services/shop/owners/1',
    ],
    [
      'a requester whom it does not know',
      (p) => (p['services'] = { shop: { owners: ['key:bob'], requesters: ['github:eve'] } }),
      'invalid-policy /services/shop/requesters/0',
    ],
    [
      'a procedure named twice',
      (p) => (p['services'] = { shop: { owners: ['key:bob'], procedures: ['a', 'a'] } }),
      'invalid-policy /services/shop/procedures/1',
    ],
    [
      'a rule of a service that nobody knows',
      (p) => (p['services'] = { shop: { owners: ['key:bob'], approvers: [] } }),
      'invalid-policy /services/shop/approvers',
    ],
    ['a robot of no service', (p) => (p['robots'][0].services = []), 'invalid-policy /robots/0/services'],
    ['a word about authors', (p) => (p['unknownAuthors'] = 'maybe'), 'invalid-policy /unknownAuthors'],
    ['no evidence age', inProduction((e) => delete e['evidence']), `invalid-policy ${production}/evidence`],
    ['no environment', (p) => (p['environments'] = {}), 'invalid-policy /environments'],
    [
      'a limit for windows that is no time',
      inProduction((e) => (e['limits'] = { window: 'long' })),
      `invalid-policy ${production}/limits/window`,
    ],
    ['empty windows', inProduction((e) => (e['windows'] = {})), `invalid-policy ${production}/windows/allow`],
    ['no signers', inProduction((e) => (e['evidence'].signers = [])), `invalid-policy ${production}/evidence/signers`],
  ];
  it.each(cases)('with %s is refused', (_, change, finding) => {
    expect(policyRefusal(change)).toContain(finding);
  });

  it('is accepted as it stands, and requires by default what it leaves out', () => {
    const rules = policySchema.parse(policyDocument()).environments['production'];
    expect(rules).toMatchObject({
      require: { validation: ['smoke'], availability: true, artifactReadBack: true },
      procedures: { inline: false },
      approvals: { exclude: ['requester', 'authors'] },
    });
    expect(environmentDocument()).not.toHaveProperty('require');
  });
});

it.each<readonly [string, JsonObject, string]>([
  ['an unknown key', { colour: 1 }, 'malformed /colour'],
  ['a service with a slash', { service: 'a/b' }, 'malformed /service'],
  ['a release with ..', { release: '1..2' }, 'malformed /release'],
  ['a mode that is none', { mode: 'dry-run' }, 'malformed /mode'],
  [
    'an emergency without a ticket',
    { change: { summary: 'A', reason: 'B', type: 'emergency' } },
    'malformed /change/ticket',
  ],
])('a request with %s is refused', (_, change, finding) => {
  const document = { ...requestDocument(), ...change };
  expect(refusalOf(() => parseWith(deploymentRequestSchema, document, 'malformed'))).toContain(finding);
});

describe('documents', () => {
  const repositories = {
    runbooks: { url: 'https://git.example/runbooks.git', author: { name: 'Gantry', email: 'gantry@shop.example' } },
  };
  const withDocuments = (documents: unknown, policy: Loose = { repositories }) => ({
    procedure: changed(procedureDocument(), (p) => (p['documents'] = documents)),
    policy: changed(policyDocument(), (p) => Object.assign(p, policy)),
  });

  it('are frozen with where they lie and by whose secret, and sealed by repository', () => {
    const documents = [
      { repository: 'runbooks', path: '${service}/${environment}.md' },
      { repository: 'runbooks', path: '.claude/processes', record: true },
    ];
    const credentials = { username: 'gantry', password: '${secret:git-runbooks}' };
    const policy = { repositories: { runbooks: { ...repositories.runbooks, branch: 'live', credentials } } };
    const { plan } = freezePlan(planningInput(withDocuments(documents, policy)));
    expect(plan.documents).toEqual([
      {
        name: 'runbooks',
        url: 'https://git.example/runbooks.git',
        branch: 'live',
        author: repositories.runbooks.author,
        credentials,
        documents: [
          { path: 'shop/production.md', what: { kind: 'block', block: 'release' } },
          { path: '.claude/processes', what: { kind: 'record' } },
        ],
      },
    ]);
    const seals = sealsOf(plan, digestOfJson(plan), () => ({ key: 'k', signature: 's' }));
    expect(Object.keys(seals.parts)).toContain('documents/runbooks');
    expect(freezePlan(planningInput()).plan).not.toHaveProperty('documents');
  });

  it.each([
    ['of an unknown repository', { repository: 'wiki', path: 'a.md' }, '/procedure/documents/0/repository'],
    ['beside the repository', { repository: 'runbooks', path: '../a.md' }, '/procedure/documents/0/path'],
    ["that are git's own", { repository: 'runbooks', path: '.git/config' }, '/procedure/documents/0/path'],
  ])('%s are refused', (_, document, pointer) => {
    expect(planRefusal(withDocuments([document]))).toEqual([`invalid-procedure ${pointer}`]);
  });

  it('may not depend on what is bound later, be named twice, or be block and record', () => {
    const one = { repository: 'runbooks', path: 'a.md' };
    expect(planRefusal(withDocuments([{ ...one, path: '${slot.idle.name}.md' }]))).toEqual([
      'unknown-reference /procedure/documents/0/path',
    ]);
    expect(planRefusal(withDocuments([one, one]))).toEqual(['invalid-procedure /procedure/documents/1']);
    expect(procedureRefusal((p) => (p['documents'] = [{ ...one, block: 'a', record: true }]))).toEqual([
      'invalid-procedure /procedure/documents/0/block',
    ]);
  });

  it.each([
    ['a credential in its URL', { url: 'https://a:b@git.example/x' }, '/url'],
    ['another transport', { url: 'ext::sh -c x' }, '/url'],
    ['ssh', { url: 'ssh://git@git.example/x' }, '/url'],
    ['ssh as git writes it', { url: 'git@git.example:ops/x.git' }, '/url'],
    ['a query', { url: 'https://git.example/x?y' }, '/url'],
    ['another machine by file', { url: 'file://host/x' }, '/url'],
    ['an option for a branch', { branch: '--upload-pack=x' }, '/branch'],
    ['a climbing branch', { branch: 'a/../b' }, '/branch'],
    ['an author with another address', { author: { name: 'a <b@c>', email: 'a@b' } }, '/author/name'],
    ['a password by value', { credentials: { password: 'secret' } }, '/credentials/password'],
    [
      'a password in the clear',
      { url: 'http://git.example/x', credentials: { password: '${secret:a}' } },
      '/credentials',
    ],
  ])('lie in no repository with %s', (_, change, pointer) => {
    const policy = (p: Loose) => (p['repositories'] = { runbooks: { ...repositories.runbooks, ...change } });
    expect(policyRefusal(policy)).toEqual([`invalid-policy /repositories/runbooks${pointer}`]);
  });

  it.each(['ssh://git@git.example/x', 'git@git.example:ops/x.git'])('name for %s what to write in its place', (url) => {
    const said = repositorySchema.safeParse({ ...repositories.runbooks, url }).error?.issues.map((one) => one.message);
    expect(said).toEqual([expect.stringMatching(/^SSH is not taken: write the https URL .* under credentials$/)]);
  });
});

describe('configuration', () => {
  const sources = [
    {
      id: 'app',
      http: '${slot.idle.url}/config',
      headers: { authorization: 'Bearer ${secret:config}' },
      keys: ['color', 'limits/max', { key: 'token', secret: true }],
    },
    { id: 'env', file: '/etc/${service}.env', keys: ['LEVEL'] },
    { id: 'tool', command: ['./shopctl', 'config'], keys: ['a'] },
  ];
  const withConfiguration = (configuration: unknown, changes: readonly string[] = ['app/color']) =>
    withProcedure((p) => {
      p['configuration'] = configuration;
      p['steps'][0]['changes'] = changes;
    });

  it('is frozen with what is read where, and which step changes what', () => {
    const { plan } = freezePlan(planningInput(withConfiguration(sources, ['app/limits/max', 'env/LEVEL'])));
    expect(plan.configuration).toMatchObject({
      sources: [
        {
          id: 'app',
          kind: 'http',
          spec: { http: '${slot.idle.url}/config' },
          keys: [
            { key: 'color', secret: false },
            { key: 'limits/max', secret: false },
            { key: 'token', secret: true },
          ],
        },
        { id: 'env', kind: 'file', spec: { file: '/etc/shop.env' } },
        { id: 'tool', kind: 'command' },
      ],
      changes: [{ step: 'start-idle', keys: ['app/limits/max', 'env/LEVEL'] }],
    });
    expect(freezePlan(planningInput()).plan).not.toHaveProperty('configuration');
  });

  it.each([
    ['no kind', [{ id: 'app', keys: ['color'] }], '/procedure/configuration/0'],
    [
      'two kinds',
      [{ id: 'app', http: 'http://a.example', command: ['x'], keys: ['color'] }],
      '/procedure/configuration/0',
    ],
    ['a file that is not from /', [{ id: 'app', file: 'a.env', keys: ['color'] }], '/procedure/configuration/0/file'],
    [
      'what would not be heeded',
      [{ id: 'app', http: 'http://a.example', status: 200, keys: ['color'] }],
      '/procedure/configuration/0/status',
    ],
    [
      'what stands beside a file',
      [{ id: 'app', file: '/a', env: {}, keys: ['color'] }],
      '/procedure/configuration/0/env',
    ],
    [
      'a key twice',
      [{ id: 'app', file: '/a', keys: ['color', { key: 'color', secret: true }] }],
      '/procedure/configuration/0/keys/1',
    ],
    [
      'a key that would show a secret one inside it',
      [{ id: 'app', file: '/a.json', keys: ['db', 'color', { key: 'db/password', secret: true }] }],
      '/procedure/configuration/0/keys',
    ],
    [
      'a part of a secret key that is none',
      [{ id: 'app', file: '/a.json', keys: ['color', { key: 'db', secret: true }, 'db/host'] }],
      '/procedure/configuration/0/keys',
    ],
    ['an id twice', [sources[0], { ...sources[1], id: 'app' }], '/procedure/configuration/1/id'],
  ])('with %s is refused', (_, configuration, pointer) => {
    expect(planRefusal(withConfiguration(configuration))).toContain(`invalid-procedure ${pointer}`);
  });

  it('that a step changes must be declared', () => {
    expect(planRefusal(withConfiguration(sources, ['app/color', 'app/colour']))).toEqual([
      'invalid-procedure /procedure/steps/0/changes/1',
    ]);
  });

  it('takes secrets where a check does', () => {
    const inUrl = [{ id: 'app', http: 'http://a.example/${secret:config}', keys: ['color'] }];
    expect(planRefusal(withConfiguration(inUrl))).toEqual(['unknown-reference /procedure/configuration/0/http']);
  });
});
