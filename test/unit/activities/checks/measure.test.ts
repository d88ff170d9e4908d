import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { measure, measureAsPlanned, readEffect } from '../../../../src/activities/checks/measure.ts';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { createAdapters, openSecrets } from '../../../../src/adapters/index.ts';
import type { JsonObject } from '../../../../src/domain/base/json.ts';
import type { PlannedCheck } from '../../../../src/domain/kinds/adapter.ts';
import type { ObserveInput } from '../../../../src/domain/ports/observation.ts';
import { nothingExpected } from '../../../support/expects.ts';
import { digestFilledWith } from '../../domain/planning-input.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-measure-'));
});
afterAll(() => rm(folder, { recursive: true }));

const planned = [{ path: 'look', digest: digestFilledWith('a') }];
const depsWith = (files: typeof planned, isIsolated = false, commands = 'any') =>
  ({
    catalog: createAdapters(),
    newSecrets: openSecrets(null),
    isIsolated,
    worker: 'test',
    policy: { read: async () => ({ policy: { environments: { production: { commands } } } }) },
    procedures: {
      folderOf: () => folder,
      digestOf: async (_: string, path: string) => files.find((file) => file.path === path)?.digest ?? null,
    },
  }) as unknown as ActivityDeps;
const checkOf = (kind: string, spec: JsonObject): PlannedCheck => ({
  id: 'look',
  kind,
  spec,
  expects: nothingExpected,
  sampling: {
    timeoutMs: 5000,
    intervalMs: 1000,
    withinMs: 0,
    count: 1,
    failureLimit: 0,
    consecutiveErrorLimit: 4,
    consecutiveSuccessLimit: 0,
  },
});
const command = checkOf('command', { command: [process.execPath, '-e', ''] });
const inputOf = (check: PlannedCheck, inline = false): ObserveInput => ({
  runIdentity: {
    deployment: 'shop.production.1',
    target: 'shop/production',
    fence: 1,
    runId: 'a',
    firstRunId: 'a',
    continuedFrom: null,
    warrant: null,
  },
  workplace: { procedure: 'shop', inline, files: inline ? [] : planned, slots: [], seal: null },
  checks: [check],
  seal: null,
  step: null,
  bindings: { deployment: 'shop.production.1', fence: 1, live: null, slot: null },
  once: true,
});
const { signal } = new AbortController();

describe('a check that runs a command', () => {
  const changed = [
    [],
    [{ path: 'look', digest: digestFilledWith('b') }],
    [{ path: 'other', digest: digestFilledWith('a') }],
  ];

  it('is measured while its files are those that were planned', async () => {
    expect(await measureAsPlanned(depsWith(planned), inputOf(command), signal)).toMatchObject([{ verdict: 'passed' }]);
    expect(await measureAsPlanned(depsWith([]), inputOf(command, true), signal)).toMatchObject([{ verdict: 'passed' }]);
  });

  it('is not measured once they have changed', async () => {
    for (const files of changed)
      await expect(measureAsPlanned(depsWith(files), inputOf(command), signal)).rejects.toMatchObject({
        code: 'files-changed',
        message: expect.stringContaining('look of procedure shop'),
      });
  });

  it('is not measured as the worker where policy takes only isolated commands, but on the way back', async () => {
    const asWorker = depsWith(planned, false, 'isolated');
    await expect(measureAsPlanned(asWorker, inputOf(command), signal)).rejects.toMatchObject({
      code: 'commands-not-isolated',
    });
    expect(
      await readEffect(asWorker, { ...inputOf(command), done: command, settleMs: 0, isWayBack: false }, signal),
    ).toEqual({
      readBack: 'unknown',
      summary: expect.stringContaining('commands: isolated') as string,
    });
    expect(await measure(asWorker, inputOf(command), signal)).toMatchObject([{ verdict: 'passed' }]);
    expect(
      await readEffect(asWorker, { ...inputOf(command), done: command, settleMs: 0, isWayBack: true }, signal),
    ).toMatchObject({
      readBack: 'done',
    });
    const isolated = depsWith(planned, true, 'isolated');
    expect(await measureAsPlanned(isolated, inputOf(command), signal)).toMatchObject([{ verdict: 'passed' }]);
  });

  it('is measured all the same on the way back', async () => {
    for (const files of changed)
      expect(await measure(depsWith(files), inputOf(command), signal)).toMatchObject([{ verdict: 'passed' }]);
  });
});

it('a check that runs no command needs no file', async () => {
  const tcp = checkOf('tcp', { tcp: '127.0.0.1:1' });
  expect(await measureAsPlanned(depsWith([]), inputOf(tcp), signal)).toMatchObject([
    { kind: 'tcp', verdict: 'failed' },
  ]);
});
