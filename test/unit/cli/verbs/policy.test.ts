import { Command } from 'commander';
import pc from 'picocolors';
import { describe, expect, it } from 'vitest';
import type { PastSource } from '../../../../src/cli/past-changes.ts';
import { registerPolicy } from '../../../../src/cli/verbs/policy.ts';
import type { Plan } from '../../../../src/domain/plan/plan.ts';
import { policySchema } from '../../../../src/domain/policy/policy.ts';
import { goodJournal, rolledBackJournal } from '../../../support/journal.ts';
import { digestFilledWith, environmentDocument, policyDocument } from '../../domain/planning-input.ts';

const digest = digestFilledWith('9');
const day = (n: number) => `2026-11-${String(n).padStart(2, '0')}T09:00:00.000Z`;

/** A store of these changes, newest first, in pages of two. */
function storeOf(changes: readonly { id: string; outcome: string | null; day: number; of?: { plan: Plan | null } }[]) {
  const asked: unknown[] = [];
  const rows = changes.map(({ id, outcome, day: n }) => {
    return { id, outcome, release: '1.4.2', requestedAt: day(n), planDigest: id };
  });
  const source: PastSource = {
    deployments: async (filter) => {
      asked.push(filter);
      const from = Number(filter.cursor ?? 0);
      return { items: rows.slice(from, from + 2), next: from + 2 < rows.length ? String(from + 2) : null };
    },
    plan: async ({ id }) => {
      const known = changes.find((change) => change.id === id)?.of;
      return known ? known.plan : goodJournal().plan;
    },
    journal: async (_, after, limit) => goodJournal().journal.slice(after, after + limit),
  };
  return { source, asked };
}

async function run(source: PastSource | null, rules: object, ...given: (string | number)[]) {
  const words = given.filter((word) => typeof word === 'string');
  const now = given.find((word) => typeof word === 'number') ?? Date.parse(day(23));
  const said: string[] = [];
  const production = { ...environmentDocument(), ...rules };
  const policy = policySchema.parse({ ...policyDocument(), environments: { production } });
  const program = new Command().exitOverride();
  registerPolicy(program.command('policy'), {
    terminal: { say: (line) => said.push(line), paint: pc.createColors(false) },
    environment: {},
    load: async () => ({ policy, digest }),
    check: async () => ({ loaded: { policy, digest }, faults: [], text: '' }),
    withStored: (work) => (source ? work(source) : Promise.reject(new Error('no store'))),
    now: () => now,
  });
  await program.parseAsync(['policy', ...words], { from: 'user' });
  return said;
}

describe('gantry policy check', () => {
  it('prints the digest, the explanation, and how many warnings there are', async () => {
    const said = await run(null, {}, 'check', 'policy.yaml');
    expect(said[0]).toBe(`policy ${digest}`);
    expect(said).toContain('Environment production');
    expect(said).toContain('  approval: 1 change-manager (Carol Lind)');
    const warnings = said.filter((line) => line.startsWith('  ! ')).length;
    expect(said.at(-1)).toBe(`The policy is sound; ${warnings} warnings.`);
    expect(said.join('\n')).not.toContain('time zone data');
  });

  it('prints faults with file and line, a caret under their columns, and fails', async () => {
    const text = 'gantry: 1\npeople:\n  - subject: key:alice\n    roles: x\n';
    const faults = [
      { line: 4, column: 5, pointer: '/people/0/roles', detail: 'write a list, not a string' },
      { line: 1, column: null, pointer: '', detail: 'only its line is known' },
    ];
    const said: string[] = [];
    const program = new Command().exitOverride();
    registerPolicy(program.command('policy'), {
      terminal: { say: (line) => said.push(line), paint: pc.createColors(false) },
      environment: {},
      load: () => Promise.reject(new Error('not loaded')),
      check: async () => ({ loaded: null, faults, text }),
      withStored: () => Promise.reject(new Error('no store')),
      now: () => 0,
    });
    await program.parseAsync(['policy', 'check', 'policy.yaml'], { from: 'user' });
    expect(said).toEqual([
      'policy.yaml:4 /people/0/roles: write a list, not a string',
      '  4 |     roles: x',
      '    |     ^',
      'policy.yaml:1 only its line is known',
      '2 faults.',
    ]);
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
  });

  it('shows when windows open next, by which time zone data, and what is over', async () => {
    const windows = {
      timeZone: 'America/New_York',
      allow: [{ rrule: 'FREQ=WEEKLY;BYDAY=MO,TU', start: '09:00', end: '16:00' }],
      freezes: [{ from: '2026-11-01T00:00', until: '2026-11-08T00:00', reason: 'elections' }],
    };
    const approvedBy = ['key:bob', 'key:carol'];
    const standing = { service: 'shop', procedure: 'shop-blue-green', digest, approvedBy };
    const standard = [
      { ...standing, until: '2026-11-22' },
      { ...standing, until: '2026-11-23' },
    ];
    const said = await run(null, { windows, standard }, 'check', 'policy.yaml');
    expect(said.filter((line) => line.startsWith('  opens: '))).toEqual([
      '  opens: Mon 2026-11-23 09:00 to 16:00 America/New_York (2026-11-23T14:00Z to 2026-11-23T21:00Z)',
      '  opens: Tue 2026-11-24 09:00 to 16:00 America/New_York (2026-11-24T14:00Z to 2026-11-24T21:00Z)',
      '  opens: Mon 2026-11-30 09:00 to 16:00 America/New_York (2026-11-30T14:00Z to 2026-11-30T21:00Z)',
    ]);
    expect(said.filter((line) => line.startsWith('  ! ') && line.includes(' is over'))).toEqual([
      '  ! the freeze until 2026-11-08T00:00 is over: elections',
      '  ! the standing approval of shop-blue-green for shop is over: it ended with 2026-11-22',
    ]);
    expect(said).toContainEqual(
      expect.stringMatching(`^  times of windows: by time zone data ${process.versions['tz']}, `),
    );
  });

  it('warns of time zone data that is older than a year', async () => {
    const windows = { timeZone: 'UTC', allow: [{ rrule: 'FREQ=DAILY', start: '09:00', end: '16:00' }] };
    const warned = async (now: number) =>
      (await run(null, { windows }, 'check', 'policy.yaml', now)).filter((line) =>
        line.includes('has changed its clocks'),
      );
    expect(await warned(Date.parse('2000-01-01'))).toEqual([]);
    expect(await warned(Date.parse('2100-01-01'))).toHaveLength(1);
  });
});

describe('gantry policy test', () => {
  const ended = [
    { id: 'shop.production.4', outcome: null, day: 22 },
    { id: 'shop.production.3', outcome: 'succeeded', day: 21 },
    { id: 'shop.production.2', outcome: 'succeeded', day: 20, of: { plan: null } },
    { id: 'shop.production.1', outcome: 'rolled-back', day: 1 },
  ];
  const stricter = { readiness: { roles: ['support'], within: '1m' } };

  it('lists the changes of the past that the policy would have refused, and why, over all pages', async () => {
    const { source, asked } = storeOf(ended);
    const said = await run(source, stricter, 'test', 'new.yaml', '--service', 'shop', '--environment', 'production');
    expect(asked).toMatchObject([
      { service: 'shop', environment: 'production' },
      { service: 'shop', environment: 'production', cursor: '2' },
    ]);
    expect(said).toEqual([
      `policy ${digest}`,
      '2 of 2 deployments would have been refused.',
      '',
      `shop.production.3  1.4.2  requested ${day(21)}  succeeded`,
      expect.stringMatching(/^ {2}\/environments\/production\/readiness\/within {2}support was ready after /),
      '',
      `shop.production.1  1.4.2  requested ${day(1)}  rolled-back`,
      expect.stringContaining('readiness/within'),
      '',
      'Not evaluated, their plan or journal is not whole any more: shop.production.2.',
    ]);
  });

  it('reads changes since the given time', async () => {
    for (const since of ['5d', '2026-11-18']) {
      const said = await run(storeOf(ended).source, stricter, 'test', 'new.yaml', '--since', since);
      expect(said[1]).toBe('1 of 1 deployments would have been refused.');
    }
    const bad = run(storeOf(ended).source, stricter, 'test', 'new.yaml', '--since', 'yesterday');
    await expect(bad).rejects.toMatchObject({ code: 'malformed' });
  });

  it('does not evaluate what has lost a part of its journal', async () => {
    const { source } = storeOf([{ id: 'shop.production.3', outcome: 'succeeded', day: 21 }]);
    const holed = { ...source, journal: async () => rolledBackJournal().journal.toSpliced(5, 1) };
    expect((await run(holed, stricter, 'test', 'new.yaml'))[1]).toBe('0 of 0 deployments would have been refused.');
  });

  it('prints the same as JSON', async () => {
    const said = await run(storeOf(ended).source, {}, 'test', 'new.yaml', '--json');
    expect(JSON.parse(said.join(''))).toEqual({
      policyDigest: digest,
      evaluated: 2,
      refused: [],
      unknown: ['shop.production.2'],
      notEvaluated: [],
    });
  });
});
