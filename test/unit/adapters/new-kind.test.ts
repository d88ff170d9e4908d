import { describe, expect, it } from 'vitest';
import { measureAsPlanned, readEffect } from '../../../src/activities/checks/measure.ts';
import type { ActivityDeps } from '../../../src/activities/deps.ts';
import { createAdapters, openSecrets } from '../../../src/adapters/index.ts';
import { digestOfJson } from '../../../src/domain/base/canonical-json.ts';
import type { PreviewFacts } from '../../../src/domain/gates/gate.ts';
import { previewGates } from '../../../src/domain/gates/preview.ts';
import type { AdapterCatalog, CheckAdapter } from '../../../src/domain/kinds/adapter.ts';
import { bindingsLookup } from '../../../src/domain/plan/bindings.ts';
import { runsFiles } from '../../../src/domain/plan/isolation.ts';
import { freezePlan } from '../../../src/domain/planning/freeze-plan.ts';
import { checksInWords } from '../../../src/domain/planning/steps-in-words.ts';
import { renderRecord } from '../../../src/domain/record/markdown/record.ts';
import { buildRecord } from '../../../src/domain/record/record.ts';
import { backlogCheck } from '../../support/backlog-check.ts';
import { goodJournal } from '../../support/journal.ts';
import {
  digestFilledWith,
  environmentDocument,
  catalog as known,
  planningInput,
  policyDocument,
  procedureDocument,
} from '../domain/planning-input.ts';
import { refusalOf } from '../domain/refusal-of.ts';

/** The kinds that there are, and one more: that is the line. */
const withKind = (catalog: AdapterCatalog, kind: Partial<CheckAdapter> = {}): AdapterCatalog => ({
  ...catalog,
  checks: new Map([...catalog.checks, ['backlog', { ...backlogCheck, ...kind } as unknown as CheckAdapter]]),
});

const waiting = { id: 'orders', backlog: ['./shopctl', 'count'], queue: '${slot.idle.name}', max: 5 };
function planned(kind: Partial<CheckAdapter> = {}, change: object = {}, policy: object = policyDocument()) {
  const document = procedureDocument();
  const procedure = {
    ...document,
    health: [...document.health, { ...waiting, id: 'backlog' }],
    validation: { ...document.validation, smoke: [waiting] },
    ...change,
  };
  return freezePlan({ ...planningInput({ procedure, policy }), catalog: withKind(known, kind) });
}

const { plan, planDigest } = planned();
const { journal } = goodJournal();
const bindings = {
  deployment: 'shop.production.7',
  fence: 1,
  live: null,
  slot: { live: null, idle: { name: 'blue' } },
};

describe('a kind of check that is one file and one line', () => {
  it('has its threshold and its traits frozen in the plan, which the digest covers and the record needs no kinds for', () => {
    const expects = { answer: ['queue ${slot.idle.name}'], numbers: ['messages ≤ 5'] };
    expect(plan.health[1]).toMatchObject({ expects, traits: ['runs-files'] });
    expect(plan.validation.smoke).toMatchObject({ checks: [{ expects, traits: ['runs-files'] }] });
    expect(digestOfJson(plan)).toBe(planDigest);
    expect(planned({ expects: () => ({ answer: ['any'], numbers: [] }) }).planDigest).not.toBe(planDigest);
  });

  it('counts with its words against the size of a plan', () => {
    const answer = Array.from({ length: 100 }, () => 'x'.repeat(1_000));
    expect(refusalOf(() => planned({ expects: () => ({ answer, numbers: [] }) }))).toEqual([
      'plan-too-large /procedure',
    ]);
  });

  it('shows its threshold before any approval', () => {
    expect(checksInWords(plan, bindingsLookup(bindings))).toMatchObject([
      {
        part: 'health',
        says: [expect.anything(), expect.stringContaining('./shopctl count → queue blue, messages ≤ 5;')],
      },
      { part: 'smoke', says: ['orders: ./shopctl count → queue blue, messages ≤ 5'] },
      ...Array.from({ length: 5 }, () => expect.anything()),
    ]);
    const facts = { stages: [], review: null, rehearsal: {}, window: { who: [] }, served: { live: null, slot: null } };
    const atStart = previewGates(plan, facts as unknown as PreviewFacts).find(({ gate }) => gate === 'health-at-start');
    expect(atStart?.found).toContain('; each messages ≤ 5)');
  });

  it('has it in the record, whether it was measured or not', () => {
    const record = renderRecord(buildRecord(plan, planDigest, journal, { state: 'final' }));
    expect(record).toMatch(/\| smoke \| orders \| queue blue, messages ≤ 5 \|.*not run/);
    const unbound = buildRecord(plan, planDigest, journal.slice(0, 3), { state: 'draft' });
    expect(unbound.validation.rows[0]?.threshold).toBe('queue ${slot.idle.name}, messages ≤ 5');
  });
});

describe('traits of a kind', () => {
  it('that runs files has what it runs listed, and is not begun where that needs a user of its own', () => {
    const other = { ...procedureDocument().validation, smoke: [{ ...waiting, backlog: ['./other'] }] };
    expect(refusalOf(() => planned({}, { validation: other }))).toEqual([
      'invalid-procedure /procedure/validation/smoke/0/backlog/0',
    ]);
    const { configuration: _, ...alone } = {
      ...plan,
      steps: [],
      health: [],
      rollback: { ...plan.rollback, verify: [] },
    };
    const none = { kind: 'none', reason: '' } as const;
    const only = (smoke: typeof plan.validation.smoke) => ({
      ...alone,
      validation: { smoke, performance: none, integrations: none, features: none },
    });
    expect(runsFiles(only(plan.validation.smoke))).toBe(true);
    expect(runsFiles(only(none))).toBe(false);
  });

  it('that measures availability meets the policy that asks for it', () => {
    const production = { ...environmentDocument(), require: { availability: true } };
    const policy = { ...policyDocument(), environments: { production } };
    const health = [{ ...waiting, id: 'backlog' }];
    expect(refusalOf(() => planned({}, { health }, policy))).toEqual(['policy-not-met /procedure/health']);
    expect(planned({ traits: ['availability'] }, { health }, policy).plan.health).toHaveLength(1);
  });

  it('that asks a source of metrics stands in no rollback', () => {
    const rollback = { verify: [waiting] };
    expect(refusalOf(() => planned({ traits: ['metrics-source'] }, { rollback }))).toContain(
      'invalid-procedure /procedure/rollback/verify/0/backlog',
    );
  });

  const { signal } = new AbortController();
  const given = (digest: string, kind: Partial<CheckAdapter> = {}, commands = 'any') => {
    const deps = {
      catalog: withKind(createAdapters(), kind),
      newSecrets: openSecrets(null),
      isIsolated: false,
      worker: 'test',
      policy: { read: async () => ({ policy: { environments: { production: { commands } } } }) },
      procedures: { folderOf: () => '/', digestOf: async () => digest },
    } as unknown as ActivityDeps;
    const [check] = plan.validation.smoke.kind === 'checks' ? plan.validation.smoke.checks : [];
    if (!check) throw new Error('no such check');
    const runIdentity = { deployment: 'shop.production.7', target: 'shop/production', fence: 1 };
    const workplace = { procedure: 'shop', inline: false, files: plan.files, slots: [], seal: null };
    // What the plan says of traits and words counts for nothing here: somebody may have written it.
    const bare = { ...check, expects: { answer: ['anything'], numbers: [] }, traits: [] };
    const input = { runIdentity, workplace, checks: [bare], bindings, once: true };
    const measured = () => measureAsPlanned(deps, input as unknown as Parameters<typeof measureAsPlanned>[1], signal);
    const effect = { ...input, done: bare, settleMs: 0, isWayBack: false };
    const read = () => readEffect(deps, effect as unknown as Parameters<typeof readEffect>[1], signal);
    return { measured, read };
  };
  const right = digestFilledWith('f');
  const wrong = digestFilledWith('e');

  it('are heeded by the worker before it measures, whatever the name', async () => {
    expect(await given(right).measured()).toMatchObject([{ verdict: 'passed', threshold: 'queue blue, messages ≤ 5' }]);
    await expect(given(wrong).measured()).rejects.toMatchObject({ code: 'files-changed' });
    await expect(given(right, {}, 'isolated').measured()).rejects.toMatchObject({ code: 'commands-not-isolated' });
    expect(await given(wrong, { traits: [] }, 'isolated').measured()).toMatchObject([{ verdict: 'passed' }]);
  });

  it('are heeded where an effect is read back', async () => {
    expect(await given(right).read()).toMatchObject({ readBack: 'done' });
    expect(await given(wrong).read()).toMatchObject({ readBack: 'unknown' });
    expect(await given(right, {}, 'isolated').read()).toMatchObject({ readBack: 'unknown' });
  });
});
