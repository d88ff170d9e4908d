import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { entriesOf } from '../../src/domain/journal/entries.ts';
import { changeOf, steps } from '../support/change.ts';
import { type Rig, startRig } from '../support/rig.ts';

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.close());

it('a file of a check that changes under way fails the check, and not the way back', async () => {
  const world = await rig.world('looked');
  await rig.submitEvidence('1.4.2');
  const folder = join(rig.procedures, 'test-looks');
  const look = [process.execPath, 'look.mjs'];
  const start = { ...steps.startByHttp(world), undo: { none: 'an idle slot serves nobody' } };
  const body = changeOf(world, { service: 'looked', steps: [start, steps.gate()] });
  const { validation, ...procedure } = body['procedure'] as { readonly validation: object };
  await mkdir(folder);
  await writeFile(join(folder, 'look.mjs'), '');
  await writeFile(
    join(folder, 'procedure.yaml'),
    stringify(
      {
        ...procedure,
        procedure: 'test-looks',
        environments: { production: {} },
        files: ['look.mjs'],
        validation: { ...validation, smoke: [{ id: 'looked-at', command: look }] },
        rollback: { verify: [{ id: 'as-before', command: look }] },
      },
      { aliasDuplicateObjects: false },
    ),
  );
  const answer = await rig.call<{ id: string }>(
    'key:alice',
    'POST',
    '/v1/deployments',
    { ...body, procedure: 'test-looks' },
    { 'idempotency-key': 'looks' },
  );
  expect(answer).toMatchObject({ status: 202 });
  const { id } = answer.body;
  await rig.until(id, ({ phase }) => phase === 'awaiting-approval');
  await rig.approve(id);
  await rig.until(id, ({ waitingFor }) => waitingFor.some(({ kind }) => kind === 'gate'));
  await writeFile(join(folder, 'look.mjs'), '// changed');
  await rig.approve(id, 'key:bob', 'go');

  const { outcome } = await rig.ended(id);
  const journal = await rig.journal(id);
  expect(outcome).toBe('rolled-back');
  expect(entriesOf(journal, 'ended')[0]?.cause).toMatchObject({ kind: 'error', code: 'files-changed' });
  expect(entriesOf(journal, 'check-completed').filter((entry) => entry.for === 'rollback')).toMatchObject([
    { check: 'as-before', verdict: 'passed' },
  ]);
});
