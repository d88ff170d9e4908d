import pc from 'picocolors';
import { expect, it } from 'vitest';
import { procedureLines } from '../../../../src/cli/verbs/procedure-show.ts';
import { callerLines } from '../../../../src/cli/verbs/token-show.ts';

const now = Date.parse('2026-11-30T12:00:00.000Z');
const person = {
  subject: 'key:dan',
  name: 'Dan\u001b[2J Osei',
  kind: 'person' as const,
  roles: ['support'],
  may: [],
  services: null,
  credential: { kind: 'key' as const, id: '0123456789abcdef', scopes: ['read' as const], expiresAt: null },
};

it('a caller is who they are, by what, what that is limited to, and until when', () => {
  expect(callerLines(person, now)).toEqual([
    'Dan [2J Osei (key:dan), a person',
    'roles: support',
    'by a key 0123456789abcdef, without an end',
    'limited to: read',
  ]);
  const robot = {
    ...person,
    kind: 'robot' as const,
    may: [],
    services: ['shop', 'cart'],
    credential: { kind: 'token' as const, id: null, scopes: null, expiresAt: '2026-11-30T12:05:00.000Z' },
  };
  expect(callerLines(robot, now).slice(1)).toEqual([
    'may: none',
    'for: shop, cart',
    'by a token, until 2026-11-30T12:05:00.000Z (5 min)',
  ]);
});

it('a procedure is its digest, what a request gives it, its steps and what it watches', () => {
  const digest = `sha256:${'ab'.repeat(32)}`;
  const lines = procedureLines(
    {
      name: 'shop',
      digest,
      description: 'Two slots.',
      environments: ['production'],
      parameters: [
        { name: 'hold', type: 'duration', default: '30s' },
        { name: 'zone', type: 'string', default: null },
      ],
      steps: [{ id: 'start', title: 'Start it', kind: 'http' }],
      health: [{ id: 'front', kind: 'availability' }],
      monitoring: '15m',
      files: [{ path: 'shopctl', digest }],
    },
    pc.createColors(false),
  );
  expect(lines).toEqual([
    'shop: Two slots.',
    `procedure ${digest}`,
    'for production',
    'parameter hold: duration, else 30s',
    'parameter zone: string, which a request must give',
    '  1. start: Start it  http',
    'watches front (availability); after the last step for 15m',
    'file shopctl: sha256:abababababab…abab',
  ]);
});
