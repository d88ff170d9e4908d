import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import { freezePlan } from '../../../../src/domain/planning/freeze-plan.ts';
import { planLimitBytes } from '../../../../src/domain/planning/plan-size.ts';
import {
  digestFilledWith,
  environmentDocument,
  planningInput,
  policyDocument,
  procedureDocument,
  procedureOfTwo,
  requestDocument,
} from '../planning-input.ts';
import { refusalInWords } from '../refusal-of.ts';

/** A policy with staging and production, each with these rules for procedures. */
function policyOfTwo(procedures: { readonly staging?: object; readonly production?: object } = {}) {
  const rules = (own: object | undefined) => ({ ...environmentDocument(), ...(own && { procedures: own }) });
  const environments = { staging: rules(procedures.staging), production: rules(procedures.production) };
  return { ...policyDocument(), environments };
}
const requestFor = (environment: string, more: object = {}) => ({ ...requestDocument(), environment, ...more });
const planned = (procedure: unknown, environment: string, more: object = {}) =>
  freezePlan(planningInput({ procedure, policy: policyOfTwo(), request: requestFor(environment), ...more }));

/** Replaces a part of the procedure for two environments. */
type Two = ReturnType<typeof procedureOfTwo>;
const two = (change: (document: Two) => Partial<Two> = () => ({})) => {
  const document = procedureOfTwo();
  return { ...document, ...change(document) };
};
const step = (more: JsonObject) => ({
  id: 'more',
  title: 'More',
  undo: { none: 'nothing' },
  verify: { none: 'no' },
  ...more,
});
const withStep = (more: JsonObject) => two(({ steps }) => ({ steps: [...steps, step(more)] }));
const values = (staging: JsonObject, production: JsonObject) =>
  two(({ environments }) => ({
    environments: {
      staging: { ...(environments['staging'] as JsonObject), values: { front: 'http://127.0.0.1:5000', ...staging } },
      production: { values: { front: 'http://127.0.0.1:4000', ...production } },
    },
  }));

describe('a procedure for two environments', () => {
  it('acts in each on what is its own: one procedure, two plans', () => {
    const staging = planned(two(), 'staging').plan;
    const production = planned(two(), 'production').plan;
    expect(staging.env).toEqual({ front: 'http://127.0.0.1:5000' });
    expect(production.env).toEqual({ front: 'http://127.0.0.1:4000' });
    expect(staging.slots.map(({ keys }) => keys['url'])).toEqual(['http://127.0.0.1:5001', 'http://127.0.0.1:5002']);
    expect(production.slots.map(({ keys }) => keys['url'])).toEqual(['http://127.0.0.1:4001', 'http://127.0.0.1:4002']);
    const routeOf = ({ steps }: typeof staging) => steps.find(({ id }) => id === 'switch');
    expect(routeOf(staging)).toMatchObject({ do: { spec: { http: 'http://127.0.0.1:5000/route' } } });
    expect(routeOf(production)).toMatchObject({ do: { spec: { http: 'http://127.0.0.1:4000/route' } } });
    expect(JSON.stringify(staging)).not.toContain('127.0.0.1:4');
    expect(staging.procedure.digest).toBe(production.procedure.digest);
  });

  it('is refused where it has nothing of its own', () => {
    const policy = { ...policyOfTwo(), environments: { ...policyOfTwo().environments, spare: environmentDocument() } };
    expect(refusalInWords(() => planned(two(), 'spare', { policy }))).toEqual([
      'unknown-environment /environment: the procedure shop-blue-green names no environment spare, only staging and production',
    ]);
  });

  it('refers to nothing that one of them lacks, whichever it is planned for', () => {
    const lacking = withStep({ do: { http: '${env.admin}/x' } });
    const admin = { admin: 'http://127.0.0.1:5009' };
    const environments = { ...lacking.environments, staging: { ...(lacking.environments['staging'] as JsonObject) } };
    environments.staging = { ...environments.staging, values: { front: 'http://127.0.0.1:5000', ...admin } };
    expect(refusalInWords(() => planned({ ...lacking, environments }, 'staging'))).toEqual([
      expect.stringMatching(
        /^unknown-reference \/procedure\/steps\/5\/do\/http: in production, \$\{env\.admin\} refers to nothing/,
      ),
    ]);
    expect(refusalInWords(() => planned({ ...lacking, environments }, 'production'))).toEqual([
      expect.stringMatching(/^unknown-reference \/procedure\/steps\/5\/do\/http: \$\{env\.admin\} refers to nothing/),
    ]);
  });

  it('fills in nothing within a value', () => {
    expect(() => planned(values({ x: '${release}' }, { x: 'y' }), 'staging')).toThrow(/has no \$/);
  });
});

describe('an address that two environments share', () => {
  it.each([
    ['the same', 'http://shop.example:4000', 'http://shop.example:4000'],
    ['another path', 'http://shop.example/staging', 'http://shop.example/production'],
    ['another case and a dot', 'http://shop.example:4000', 'http://Shop.Example.:4000'],
    ['the usual port', 'http://shop.example', 'http://shop.example:80/'],
    ['https for http', 'https://shop.example', 'http://shop.example'],
    ['another name of this machine', 'http://localhost:4444', 'http://127.0.0.1:4444'],
    ['another number of this machine', 'http://[::1]:4444', 'http://127.0.0.2:4444'],
    ['user info', 'http://shop.example:4000', 'http://me@shop.example:4000'],
    ['another scheme', 'tcp://db.example:5432', 'postgres://db.example/shop'],
    ['no scheme', 'db:5432', 'tcp://db:5432'],
  ])('is refused among values: %s', (_, one, other) => {
    const [fault, ...more] = refusalInWords(() => planned(values({ it: one }, { it: other }), 'staging'));
    expect(fault).toMatch(
      /^shared-address \/procedure\/environments\/production\/values\/it: \S+ is an address of staging and of production: give each its own$/,
    );
    expect(more).toEqual([]);
  });

  it('is refused where both have the slots of the whole procedure', () => {
    const shared = two(({ environments }) => {
      const { slots: _, ...staging } = environments['staging'] as { slots: JsonObject };
      return { environments: { ...environments, staging } };
    });
    const faults = refusalInWords(() => planned(shared, 'production'));
    expect(faults).toContainEqual(
      'shared-address /procedure/slots/blue/url: localhost:4001 is an address of staging and of production: give each its own',
    );
  });

  it('is no shared one where only the host is the same', () => {
    expect(refusalInWords(() => planned(values({ a: 'db.example:1' }, { a: 'db.example:2' }), 'staging'))).toEqual([]);
    expect(refusalInWords(() => planned(values({ size: 3, on: true }, { size: 3, on: true }), 'staging'))).toEqual([]);
  });
});

const front = 'http://127.0.0.1:4000';
const common = 'https://tools.example';
const told = '${env.front}';
const at = '/procedure/steps/5';

describe('what changes something', () => {
  it.each<readonly [string, JsonObject, string]>([
    ['an action by HTTP', { do: { http: `${front}/route` } }, `${at}/do`],
    ['an action at an address of nobody', { do: { http: `${common}/route` } }, `${at}/do`],
    ['an address in a header', { do: { http: told, headers: { 'x-to': front } } }, `${at}/do`],
    ['an address in a body', { do: { http: told, body: { to: [{ url: `see ${common}/x` }] } } }, `${at}/do`],
    ['an address that the requester gives', { do: { http: 'http://${parameters.host}/x' } }, `${at}/do`],
    ['an address in an argument', { do: { command: ['tool', told, `--to=${front}`] } }, `${at}/do`],
    ['an address in a script', { do: { command: ['sh', '-c', `curl ${common}/x`, told] } }, `${at}/do`],
    ['a host with its port', { do: { command: ['tool', told, 'db.example:5432'] } }, `${at}/do`],
    ['an address in a variable', { do: { command: ['tool', told], env: { TO: front } } }, `${at}/do`],
    ['a command that is told nothing', { do: { command: ['tool', '${slot.idle.name}', '${release}'] } }, `${at}/do`],
    ['an undo', { do: { command: ['tool', told] }, undo: { http: `${front}/x` } }, `${at}/undo`],
    ['an undo that is told nothing', { do: { command: ['tool', told] }, undo: { command: ['tool'] } }, `${at}/undo`],
    ['what reads the effect back', { do: { http: told }, done: { http: `${common}/x` } }, `${at}/done`],
    ['a command that verifies', { do: { http: told }, verify: [{ id: 'x', command: ['x'] }] }, `${at}/verify/0`],
    [
      'a check that sends something',
      { do: { http: told }, verify: [{ id: 'x', http: `${common}/\${environment}`, method: 'POST' }] },
      `${at}/verify/0`,
    ],
  ])('is refused where it would be the same in both: %s', (_, more, pointer) => {
    const parameters = { ...procedureOfTwo().parameters, host: { type: 'string', default: 'any.example' } };
    const procedure = { ...withStep(more), parameters };
    for (const environment of ['staging', 'production']) {
      const [fault, ...others] = refusalInWords(() => planned(procedure, environment));
      expect(fault?.split(': ')[0]).toBe(`shared-address ${pointer}`);
      expect(others).toEqual([]);
    }
  });

  it('may get its environment in any way', () => {
    for (const word of [told, '${environment}', '${deployment}', '${slot.idle.url}', '${slot.live.url}'])
      expect(refusalInWords(() => planned(withStep({ do: { command: ['tool', word] } }), 'staging'))).toEqual([]);
    const person = { manual: { instructions: 'Phone the desk', role: 'support' } };
    const { verify: _, ...manual } = step(person);
    expect(
      refusalInWords(() =>
        planned(
          two(({ steps }) => ({ steps: [...steps, manual] })),
          'staging',
        ),
      ),
    ).toEqual([]);
  });

  it('does not count an artifact as an address, wherever that comes from', () => {
    const uri = 'https://registry.example/shop.tgz';
    const request = requestFor('staging', { artifact: { ...requestDocument().artifact, uri } });
    const fetches = withStep({ do: { command: ['tool', told, '${artifact.uri}'] } });
    expect(refusalInWords(() => planned(fetches, 'staging', { request }))).toEqual([]);
  });

  it('is refused with the environments, and with what to write instead', () => {
    expect(refusalInWords(() => planned(withStep({ do: { http: `${front}/route` } }), 'staging'))).toEqual([
      `shared-address ${at}/do: in staging, too, it goes to localhost:4000, which is production’s own: write what differs under environments, and \${env.<name>} here`,
    ]);
  });
});

it('is refused unread where it has more than fits into a plan', () => {
  const many = Array.from({ length: 50 }, (_, i) => ({ id: `c${i}`, http: '${env.front}/' }));
  const more = Array.from({ length: 12 }, (_, i) => ({
    ...step({ do: { http: told }, verify: many }),
    id: `more-${i}`,
  }));
  expect(
    refusalInWords(() =>
      planned(
        two(() => ({ steps: more })),
        'staging',
      ),
    )[0],
  ).toMatch(/^plan-too-large \/procedure: it has 6\d\d actions and checks/);
});

it('is refused unread where it is twice as long as a plan may be', () => {
  const body = 'x'.repeat(2 * planLimitBytes);
  expect(
    refusalInWords(() => planned(withStep({ do: { http: '${nothing}', method: 'PUT', body } }), 'staging'))[0],
  ).toMatch(/^plan-too-large \/procedure: The procedure has \d+ bytes beside parameters and environments; a plan has/);
});

describe('a check that only reads', () => {
  const checked = (check: JsonObject, group = 'smoke') =>
    two(({ validation }) => ({ validation: { ...validation, [group]: [{ id: 'x', ...check }] } }));
  const read = (check: JsonObject, group?: string) => refusalInWords(() => planned(checked(check, group), 'staging'));

  it('may ask a system that all environments share, about its own', () => {
    expect(read({ http: `${common}/\${environment}` })).toEqual([]);
    expect(read({ http: common, headers: { 'x-of': '${environment}' } })).toEqual([]);
  });

  it('is refused where it asks the same in both, unless it asks other services', () => {
    expect(read({ http: common })).toEqual([
      expect.stringMatching(
        /^shared-address \/procedure\/validation\/smoke\/0: it would do the same in staging and in production/,
      ),
    ]);
    expect(read({ http: common }, 'integrations')).toEqual([]);
  });

  it('is refused where it asks what is another environment’s own', () => {
    for (const group of ['smoke', 'integrations'])
      expect(read({ http: `${front}/\${environment}` }, group)).toEqual([
        expect.stringMatching(new RegExp(`/validation/${group}/0: in staging, too, it goes to localhost:4000`)),
      ]);
  });

  it('is the environment’s own where it watches the front door, or verifies a rollback', () => {
    const health = two(() => ({
      health: [{ id: 'x', availability: `${common}/\${environment}`, rate: 20, failureLimit: 3 }],
    }));
    expect(refusalInWords(() => planned(health, 'staging'))).toEqual([
      expect.stringMatching(
        /^shared-address \/procedure\/health\/0: it goes to tools.example:80 in staging and in production/,
      ),
    ]);
    const rollback = two(() => ({
      rollback: { verify: [{ id: 'previous', http: `${common}/\${environment}`, json: { '/release': '1.4.1' } }] },
    }));
    expect(refusalInWords(() => planned(rollback, 'staging'))).toEqual([
      expect.stringMatching(/^shared-address \/procedure\/rollback\/verify\/0: it goes to tools.example:80/),
    ]);
  });

  it('reads a configuration of its own', () => {
    const source = (spec: JsonObject) =>
      two(() => ({ configuration: [{ id: 'app', keys: ['x'], ...spec }] }) as Partial<Two>);
    expect(refusalInWords(() => planned(source({ file: '/etc/app.json' }), 'staging'))).toEqual([]);
    expect(refusalInWords(() => planned(source({ http: `${told}/config` }), 'staging'))).toEqual([]);
    expect(refusalInWords(() => planned(source({ http: `${front}/config` }), 'staging'))).toHaveLength(1);
    expect(refusalInWords(() => planned(source({ command: ['config'] }), 'staging'))).toHaveLength(1);
  });
});

describe('a procedure that names no environments', () => {
  const plain = procedureDocument();
  const asked = (environment: string, procedures: Parameters<typeof policyOfTwo>[0] = {}) =>
    refusalInWords(() => planned(plain, environment, { policy: policyOfTwo(procedures) }));
  const name = 'shop-blue-green';

  it('is taken by a policy with one environment', () => {
    expect(refusalInWords(() => freezePlan(planningInput()))).toEqual([]);
    expect(freezePlan(planningInput()).plan).not.toHaveProperty('env');
  });

  it('is refused in each of several, since it would act on the same addresses in all of them', () => {
    for (const environment of ['staging', 'production'])
      expect(asked(environment)).toEqual([
        expect.stringMatching(
          /^policy-not-met \/procedure: shop-blue-green names no environments, so it would act on the same addresses in all/,
        ),
      ]);
  });

  it('is taken in the only one whose rules name it, by name or by digest', () => {
    for (const allow of [[name], [digestFilledWith('c')]]) {
      expect(asked('production', { production: { allow } })).toEqual([]);
      expect(asked('staging', { production: { allow } })).toHaveLength(1);
      expect(asked('production', { production: { allow }, staging: { allow: [name] } })).toEqual([
        expect.stringMatching(/^policy-not-met \/procedure: the policy takes shop-blue-green in staging, too/),
      ]);
    }
  });

  it('stands for itself where it is sent as a document and the rules take such', () => {
    const request = requestFor('staging', { procedure: plain });
    const policy = policyOfTwo({ staging: { inline: true } });
    expect(refusalInWords(() => planned(plain, 'staging', { policy, request }))).toEqual([]);
  });
});

describe('rules that name procedures', () => {
  const asked = (allow: readonly string[], more: object = {}) =>
    refusalInWords(() =>
      planned(two(), 'staging', { policy: policyOfTwo({ staging: { inline: true, allow } }), ...more }),
    );

  it('accept no other, by name or by digest', () => {
    expect(asked(['shop-blue-green'])).toEqual([]);
    expect(asked([digestFilledWith('c')])).toEqual([]);
    expect(asked(['shop-rolling', digestFilledWith('d')])).toEqual([
      `policy-not-met /procedure: the policy takes in staging only shop-rolling, ${digestFilledWith('d')}`,
    ]);
  });

  it('identify a document that was sent by its digest alone: it could bear any name', () => {
    const request = requestFor('staging', { procedure: two() });
    expect(asked(['shop-blue-green'], { request })).toEqual([expect.stringMatching(/known by its digest alone$/)]);
    expect(asked([digestFilledWith('c')], { request })).toEqual([]);
  });
});
