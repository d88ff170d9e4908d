import { isObject } from '../../src/domain/base/fields.ts';
import { code } from './fields.ts';
import type { Member } from './types.ts';

/** Values that were written by Gantry, in which examples are looked up. */
export class Examples {
  private readonly objects: readonly Readonly<Record<string, unknown>>[];

  constructor(values: readonly unknown[]) {
    this.objects = values.flatMap(objectsIn);
  }

  /**
   * For each member of a type an example, as code: from the objects `own`, else from any that has the members of the type, else
   * of a member of the same name. `–`: its parts show it, or the table that it links to.
   */
  of(members: readonly Member[], own?: readonly object[]): readonly string[] {
    const top = members.filter(({ path }) => !/[.[]/.test(path));
    const [needed, all] = [top.filter(({ isOptional }) => !isOptional), new Set(top.map(({ path }) => path))];
    const isAlike = (one: object) =>
      needed.every(({ path }) => Object.hasOwn(one, path)) && Object.keys(one).every((key) => all.has(key));
    const alike = own ?? this.objects.filter(isAlike);
    return members.map(({ path, takes }) => {
      if (!isLeafType(takes)) return '–';
      const name = path.slice(path.lastIndexOf('.') + 1).replaceAll('[]', '');
      const found = alike.flatMap((one) => valuesAt(one, path)).find(isTelling);
      const example =
        found ?? /^(?:list of )?`([^`]+)`/.exec(takes)?.[1] ?? this.byName(name, takes) ?? spareOf(name, takes);
      return example === undefined ? '–' : code(example);
    });
  }

  private byName(name: string, takes: string): unknown {
    if (Object.hasOwn(spare, name)) return undefined;
    const fits = (value: unknown) =>
      takes.startsWith('list of')
        ? Array.isArray(value)
        : typeof value === (/^(?:whole number|milliseconds|number)/.test(takes) ? 'number' : 'string');
    return this.objects.map((one) => one[name]).find((value) => fits(value) && isTelling(value));
  }
}

/** Whether a type, in words, is shown by an example of its own, and not by its parts or the table that it links to. */
export const isLeafType = (takes: string) => !/\]\(|^(?:list of )*(?:object|JSON|anything|\{)|^`null`$/.test(takes);

/** As one of a list where a list is taken. */
function spareOf(name: string, takes: string): unknown {
  const [value, isList] = [spare[name], takes.startsWith('list of')];
  if (value === undefined || Array.isArray(value) === isList) return value;
  return isList ? [value] : (value as readonly unknown[])[0];
}

/** What no deployment of the tests has, or what a name alone does not tell, by the name of the member. */
const spare: Readonly<Record<string, unknown>> = {
  after: '0f1e2d3c4b5a69788796a5b4c3d2e1f000998877',
  before: 'a1b2c3d4e5f60718293a4b5c6d7e8f9001122334',
  authors: ['key:alice'],
  block: 'release',
  changed: ['/people/key:olga/roles'],
  closesAt: '2026-11-30T16:00:00.000Z',
  command: './shopctl stop blue',
  commandsRanAs: ['gantry-commands'],
  count: 1,
  createdBy: 'key:carol',
  declaredBy: ['switch'],
  detail: 'You requested this: somebody else approves it.',
  difference: '+ serves 1.4.2',
  dueAt: '2026-12-03T05:13:09.990Z',
  ended: '2026-11-30T05:13:05.000Z: expired',
  expiresAt: '2026-12-01T05:13:00.494Z',
  fault: 'finished 9 d ago',
  findings: 'The cache was full.',
  firstBadAt: '2026-11-30T05:13:11.000Z',
  lastBadAt: '2026-11-30T05:13:11.629Z',
  lastGoodStartedAt: '2026-11-30T05:13:09.713Z',
  from: '2026-11-30T05:13:00.000Z',
  head: 'Starting 1.4.2',
  tail: 'ready',
  id: 'switch',
  impact: 'checkout is slower for a minute',
  inconclusive: 2,
  key: 'cache.size',
  keyId: 'sha256:4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c4f1c',
  lastLines: ['ready'],
  limit: 'executing',
  live: '1.4.1',
  message: 'approve',
  name: 'Alice Roe',
  kind: 'http',
  title: 'Move traffic to the new release',
  notPassed: ['stage-system'],
  notRequired: ['a rehearsal of the rollback'],
  notRun: ['start-idle'],
  onBehalfOf: 'key:alice',
  opensAt: '2026-12-01T08:00:00.000Z',
  outstanding: ['start-idle'],
  path: 'services/shop.md',
  reason: 'The load balancer answers again',
  repairOf: 'shop.production.3',
  repository: 'runbooks',
  reviewWithinMs: 259200000,
  shown: '512',
  source: 'app',
  standingRoles: ['monitoring'],
  summary: '200 in 6 ms',
  threshold: 'status 200',
  ticket: 'OPS-1412',
  times: 2,
  to: '2026-11-30T05:13:03.000Z',
  tookMs: 214,
  undelivered: ['email to team@shop.example: 451 try again later'],
  unknownAuthors: ['gitlab:erin'],
  unobserved: ['front-door'],
  unsatisfied: ['stage system not passed'],
  until: '2026-12-31T23:59:59.000Z',
  waived: ['window: closed until Monday'],
  verifiedAt: '2026-11-30T05:12:40.000Z',
  what: 'attempt 1 of 3 to undo switch: 500',
  who: 'Olga Own',
  why: 'the worker was lost',
  envelope: '{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[…]}',
  default: '30s',
  target: 'shop/production',
  roles: ['service-owner'],
  may: ['request', 'submit-evidence'],
  services: ['shop'],
  says: '1 service-owner (Olga Own)',
  requester: 'key:ci-shop',
  pointer: '/procedure/steps/0/verify',
  startedOn: '2026-11-30T05:01:12Z',
  finishedOn: '2026-11-30T05:03:59Z',
  submittedBy: 'key:ci-shop',
  submittedAt: '2026-11-30T05:04:00.102Z',
  createdAt: '2026-11-30T05:00:00.000Z',
  changedMore: 0,
  answeredBy: '1.4.2',
  issuer: 'https://login.example.com',
  clientId: 'gantry',
  audience: 'gantry',
  next: 12,
  targets: ['shop/production'],
  note: 'parameter level has no default',
  opens: '2026-12-01T08:00:00.000Z',
  deployments: ['shop.production.7'],
  environments: ['production'],
  text: 'PUT http://127.0.0.1:4000/route slot=green',
  minimum: 1,
  monitoring: '15 min',
  version: '2026c',
  run: '4711',
  shard: 1,
  of: 4,
  behind: 'shop.production.6',
  hint: 'Somebody resolves the target: gantry target resolve.',
  lastNumber: 7,
  signers: ['ci'],
  queue: ['shop.production.8'],
  open: ['shop.production.7'],
  publicKey: '9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c9f2c',
  by: 'key:olga',
};

/** Whether a value shows how it is written, in a line. */
function isTelling(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  if (Array.isArray(value)) return value.length > 0 && value.every((one) => typeof one !== 'object') && isShort(value);
  return !isObject(value) && isShort(value);
}

const isShort = (value: unknown) => JSON.stringify(value).length <= 200;

function valuesAt(value: unknown, path: string): readonly unknown[] {
  const [, key = '', isList, rest] = /^([^.[]+)(\[\])?\.?(.*)$/.exec(path) ?? [];
  const member = isObject(value) ? value[key] : undefined;
  if (member === undefined) return [];
  const members = isList && Array.isArray(member) ? (member as readonly unknown[]) : [member];
  return rest ? members.flatMap((one) => valuesAt(one, rest)) : members;
}

function objectsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(objectsIn);
  return isObject(value) ? [value, ...Object.values(value).flatMap(objectsIn)] : [];
}
