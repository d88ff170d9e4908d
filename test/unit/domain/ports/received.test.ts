import { anything, assert, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askerIn,
  deliveryResultIn,
  grantIn,
  isAdoption,
  isDeliveryInput,
  isRequest,
  isResolution,
  isReviewClosing,
  isTargetName,
  leavingIn,
  openDeliveriesIn,
  stakeholdersIn,
  stuckIn,
  supersederIn,
} from '../../../../src/domain/ports/received.ts';
import { digestFilledWith } from '../planning-input.ts';

const live = {
  release: '1.4.2',
  artifact: { uri: 'shop:1.4.2', digest: digestFilledWith('a') },
  since: '2026-11-23T09:00:00.000Z',
  deployment: null,
};
const own = { service: 'shop', environment: 'production', number: 7 };
const by = { subject: 'key:carol', name: 'Carol Ito' };
const digest = digestFilledWith('b');

const said = { how: 'log', delivered: true, summary: '', attempts: 0, lastAt: '2026-11-23T09:00:00Z' };
const delivery = 'a'.repeat(32);
const notification = { deployment: 'shop.production.7', service: 'shop', environment: 'production' };
const first = { id: delivery, stakeholder: 'Ops', how: 'log', again: { afterMs: 5_000 } };

const genuine = {
  granted: [(raw: unknown) => grantIn(raw) !== null, { fence: 3, live, slot: 'blue' }],
  superseded: [(raw: unknown) => supersederIn(raw, own) !== null, { by: 'shop.production.8' }],
  acquire: [(raw: unknown) => askerIn(raw) !== null, { number: 7 }],
  release: [(raw: unknown) => leavingIn(raw) !== null, { number: 7, serves: { live, slot: null } }],
  stuck: [(raw: unknown) => stuckIn(raw) !== null, { number: 7, seq: 30 }],
  request: [isRequest, { key: 'k', bodyDigest: 'b', plan: {}, planDigest: digest, seals: null }],
  adopt: [isAdoption, { live, slot: 'blue', by, reason: 'as it runs' }],
  resolve: [isResolution, { deployment: 'shop.production.7', decision: 'compensate', live: null, by, reason: 'so' }],
  review: [isReviewClosing, { deployment: 'shop.production.7', findings: 'none', by }],
  delivery: [isDeliveryInput, { notification, to: {}, first }],
  'list of deliveries': [(raw: unknown) => openDeliveriesIn(raw).length > 0, { openDeliveries: [delivery] }],
  'a target': [isTargetName, { service: 'shop', environment: 'production', known: null }],
} as const satisfies Record<string, readonly [(raw: unknown) => boolean, Readonly<Record<string, unknown>>]>;

describe('what workflows read of what they are sent', () => {
  it.each(Object.entries(genuine))('takes a genuine %s', (_, [takes, argument]) => expect(takes(argument)).toBe(true));

  it.each(Object.entries(genuine))('takes nothing else for %s, and never throws', (_, [takes]) => {
    const refuses = (raw: unknown) => !takes(raw);
    expect(() => assert(property(anything({ withNullPrototype: true, withBigInt: true }), refuses))).not.toThrow();
  });

  it.each(Object.entries(genuine))(
    'takes no %s with a field of another type, where it has to be there',
    (_, [takes, argument]) => {
      const others = [undefined, 7n, Number.NaN, -1, '', ' ', [], true, '\ud800', 'x'.repeat(20_000)];
      const taken = Object.keys(argument).flatMap((field) =>
        others
          .filter((value) => !isLeftToChoice(field, value) && takes({ ...argument, [field]: value }))
          .map((value) => `${field}: ${String(value)}`),
      );
      expect(taken).toEqual([]);
    },
  );

  it('takes the stakeholders of a plan only where every one of them can be notified', () => {
    const ops = { name: 'Ops', on: ['page'], channels: [{ kind: 'log', spec: { log: true } }] };
    expect(stakeholdersIn([ops])).toEqual([ops]);
    expect(stakeholdersIn([])).toEqual([]);
    const odd = [null, {}, { ...ops, on: 'page' }, { ...ops, channels: null }, { ...ops, channels: [{ kind: 'log' }] }];
    for (const one of odd) expect(stakeholdersIn([ops, one])).toBeNull();
    expect(() => assert(property(anything(), (raw) => stakeholdersIn([raw]) === null))).not.toThrow();
  });

  it('takes the end of a delivery as it is, with free words, and no other', () => {
    expect(deliveryResultIn({ ...said, event: 'page' })).toEqual({ ...said, lastAt: '2026-11-23T09:00:00.000Z' });
    expect(() => assert(property(anything(), (raw) => deliveryResultIn(raw) === null))).not.toThrow();
    const others = { how: 7, delivered: 'yes', summary: null, attempts: -1, lastAt: 'soon' };
    for (const [field, value] of Object.entries(others))
      expect(deliveryResultIn({ ...said, [field]: value })).toBeNull();
  });

  it('hands on no more of a grant than it is', () =>
    expect(grantIn({ fence: 3, live: { ...live, more: 1 }, slot: null, more: 1 })).toStrictEqual({
      fence: 3,
      live,
      slot: null,
    }));

  it('passes on who adopted what serves, and nothing malformed', () => {
    const adopted = { by: { subject: 'key:carol', name: 'Carol Lind' }, reason: 'as it runs' };
    const handed = (said: unknown) => grantIn({ fence: 3, live: { ...live, adopted: said }, slot: null })?.live;
    expect(handed(adopted)).toStrictEqual({ ...live, adopted });
    for (const odd of [{ ...adopted, by: 'key:carol' }, { ...adopted, reason: 7 }, 'key:carol', null])
      expect(handed(odd)).toStrictEqual(live);
  });

  it.each([
    ['a release that no argument of a command may be', { release: '--force' }],
    ['a release that leads out of a folder', { release: '1..2' }],
    ['an artifact of no digest', { artifact: { uri: 'shop:1', digest: 'sha256:1' } }],
    ['an artifact that no argument may be', { artifact: { uri: 'shop 1', digest } }],
    ['a time that is none', { since: 'yesterday' }],
  ])('takes %s for nothing that serves', (_, change) => {
    expect(grantIn({ fence: 1, live: { ...live, ...change }, slot: null })).toBeNull();
    expect(leavingIn({ number: 1, serves: { live: { ...live, ...change }, slot: null } })).toBeNull();
  });

  it.each([
    'shop.production.7',
    'shop.production.6',
    'shop.staging.9',
    'cart.production.9',
    'shop.production.9.1',
    'shop.production.x',
  ])('makes no way for %s', (other) => expect(supersederIn({ by: other }, own)).toBeNull());
});

/** What need not be there, or may be any text. */
function isLeftToChoice(field: string, value: unknown): boolean {
  const isText = typeof value === 'string' && value === ' ';
  if (['key', 'bodyDigest', 'reason', 'findings', 'deployment'].includes(field)) return isText;
  return ['live', 'seals', 'known', 'serves'].includes(field) && value === undefined;
}
