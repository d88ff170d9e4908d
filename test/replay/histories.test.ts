import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import proto from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { replay } from '../support/replay.ts';
import { bundleOfChanged, bundleOfSources } from '../support/workflow-bundles.ts';

const recorded = fileURLToPath(new URL('histories/', import.meta.url));

async function* histories() {
  for (const name of (await readdir(recorded)).sort())
    yield {
      workflowId: name.replace('.binpb', ''),
      history: proto.temporal.api.history.v1.History.decode(await readFile(join(recorded, name))),
    };
}

describe('the bundle of workflows', () => {
  it('holds no schemas: evaluating them would cost every replay more than the rest of it', async () => {
    const code = await readFile((await bundleOfSources()).codePath, 'utf8');
    expect(code).toContain('node_modules/@noble/curves');
    expect(code).not.toContain('node_modules/zod');
  });

  it('is compiled for the JavaScript that every supported Node knows: a spread of an object calls no helper', async () => {
    const code = await readFile((await bundleOfSources()).codePath, 'utf8');
    expect(code.includes('_object_spread')).toBe(false);
  });

  it('names the lines of sources in stack traces, by a map that every thread reads quickly', async () => {
    const code = await readFile((await bundleOfSources()).codePath, 'utf8');
    const [, base64 = ''] = code.split('//# sourceMappingURL=data:application/json;charset=utf-8;base64,');
    const { sources, mappings } = JSON.parse(Buffer.from(base64, 'base64').toString());
    expect(sources.filter((path: string) => path.endsWith('src/workflows/deployment/deployment.ts'))).toHaveLength(1);
    expect(mappings).not.toBe('');
    expect(base64.length).toBeLessThan(400_000);
  });
});

describe('recorded histories', () => {
  it('replay with the workflows as they are', async () => {
    expect(await readdir(recorded)).toHaveLength(6);
    expect(await replay(await bundleOfSources(), histories())).toEqual([]);
  });

  it('replay though one of them has not begun', async () => {
    const justStarted = async function* () {
      for await (const { workflowId, history } of histories()) {
        const events = history.events.slice(0, 1);
        yield { workflowId, history: proto.temporal.api.history.v1.History.create({ events }) };
        yield { workflowId, history };
      }
    };
    expect(await replay(await bundleOfSources(), justStarted())).toEqual([]);
  });

  it.each([
    ['a phase that was left out', 'workflows/deployment/deployment.ts', 'await validating(run);', '', ['succeeded']],
    [
      'a compensation that was left out',
      'workflows/deployment/rollback.ts',
      'return undoAll(run, outstandingCompensations(run.plan, run.journal, run.state));',
      'return undoAll(run, outstandingCompensations(run.plan, run.journal, run.state).slice(1));',
      ['rolled-back'],
    ],
    [
      'search attributes that were left out',
      'workflows/deployment/deployment.ts',
      'upsertSearchAttributes([',
      'if (run.number < 0) upsertSearchAttributes([',
      ['succeeded', 'aborted'],
    ],
    [
      'an entry of the journal that is new',
      'workflows/deployment/deployment.ts',
      'await verifying(run);',
      "run.deviation('more', 'minor', 'one entry more'); await verifying(run);",
      ['succeeded', 'aborted', 'rolled-back'],
    ],
    [
      'an entry of the journal that was left out',
      'workflows/deployment/journal.ts',
      "this.append({ type: 'phase-entered', phase });",
      "if (phase !== 'executing') this.append({ type: 'phase-entered', phase });",
      ['succeeded'],
    ],
    [
      'a copy of the target that was left out',
      'workflows/target/stored-copy.ts',
      'await activities.saveTarget({ ...saving, version }).then(',
      'await Promise.resolve(version).then(',
      ['target'],
    ],
  ])('do not replay with %s', async (_what, file, from, to, atLeast) => {
    const failed = await replay(await bundleOfChanged(file, from, to), histories());
    expect(failed.map(({ workflowId }) => workflowId)).toEqual(expect.arrayContaining(atLeast));
  });
});
