import { expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/adapters.ts';
import { readsArtifactBack } from '../../../src/domain/record/source.ts';
import { goodJournal } from '../../support/journal.ts';

const { plan } = goodJournal();
const { digest } = plan.artifact;

it.each<readonly [string, JsonObject, boolean]>([
  ['it compares it', { http: 'http://x/', json: { '/digest': digest } }, true],
  ['it hands it to a command', { command: ['./shopctl', 'version', digest] }, true],
  ['it sends it in a URL', { http: `http://x/${digest}` }, false],
  ['it sends it in a body', { http: 'http://x/', body: { digest } }, false],
  ['it sends it in a header', { http: 'http://x/', headers: { 'x-digest': digest } }, false],
])('whether a check reads the artifact back: %s', (_, spec, reads) => {
  const check = plan.validation.smoke.kind === 'checks' ? plan.validation.smoke.checks[0] : undefined;
  if (!check) throw new Error('no check');
  expect(readsArtifactBack(plan, { ...check, spec })).toBe(reads);
});
