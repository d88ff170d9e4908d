import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { expect, it } from 'vitest';
import type { ActivityDeps } from '../../../../src/activities/deps.ts';
import { writeDocuments } from '../../../../src/activities/documents/write-documents.ts';
import type { WriteDocumentsInput } from '../../../../src/domain/ports/documents.ts';
import type { Asking } from '../../../../src/domain/ports/temporal.ts';

const deployment = { workflowId: 'deployment/shop/production/7', runId: 'a' };
const left = { workflowId: 'documents/shop/production/7', runId: 'b' };
const repository = {
  name: 'runbooks',
  url: 'file:///srv/runbooks.git',
  branch: 'main',
  author: { name: 'Gantry', email: 'gantry@shop.example' },
  credentials: null,
  documents: [{ path: 'shop.md', what: { kind: 'block', block: 'release' } }],
} as const;
const input: WriteDocumentsInput = {
  runIdentity: {
    deployment: 'shop.production.7',
    target: 'shop/production',
    fence: 7,
    runId: 'a',
    firstRunId: 'a',
    continuedFrom: null,
    warrant: null,
  },
  workplace: { procedure: 'test', inline: true, files: [], slots: [], seal: null },
  bindings: { deployment: 'shop.production.7', fence: 7, live: null, slot: null },
  seal: null,
  repository,
  writing: 1,
  serves: { kind: 'nothing' },
};

/** What is asked by one workflow, of which Temporal says that another has started it. */
function askedBy(asking: Asking, parent: Asking | null) {
  const deps = {
    store: { addAlert: async () => undefined },
    policy: {
      read: async () => ({ policy: { environments: { production: { messages: { unsigned: 'accept' } } } } }),
    },
    histories: { parentOf: async (id: string, run: string) => (id === left.workflowId && run === 'b' ? parent : null) },
    now: Date.now,
    publicUrl: () => null,
    notify: async () => [],
    writeRepository: async () => ({
      kind: 'done',
      before: '1',
      after: '2',
      files: [{ kind: 'written', difference: '' }],
    }),
  } as unknown as ActivityDeps;
  const context = {
    info: { heartbeatTimeoutMs: 3_000, workflowExecution: asking },
    cancellationSignal: new AbortController().signal,
    heartbeat: () => undefined,
  } as unknown as Context;
  return asyncLocalStorage.run(context, () => writeDocuments(deps, input));
}

it('documents are written for their deployment, and for what it has left them to', async () => {
  expect(await askedBy(deployment, null)).toMatchObject({ kind: 'done' });
  expect(await askedBy(left, deployment)).toMatchObject({ kind: 'done' });
});

it.each([
  ['that somebody has started by hand', left, null],
  ['that another deployment has started', left, { workflowId: 'deployment/shop/production/8', runId: 'a' }],
  ['of another deployment', { workflowId: 'documents/shop/production/8', runId: 'b' }, deployment],
])('documents are not written for a workflow %s', async (_, asking, parent) => {
  expect(await askedBy(asking, parent)).toMatchObject({ kind: 'refused', code: 'unsealed-plan' });
});
