import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkPolicy } from '../../../src/files/policy.ts';
import { environmentDocument, policyDocument } from '../domain/planning-input.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-policy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function checked(text: string) {
  const file = join(folder, 'policy.yaml');
  await writeFile(file, text);
  const { loaded, faults } = await checkPolicy(file);
  const lines = text.split('\n');
  // From the place of the fault on.
  const found = faults.map(({ line, column, pointer, detail }) => ({
    text: lines[line - 1]?.slice((column ?? 1) - 1),
    pointer,
    detail,
  }));
  return { loaded, faults: found };
}
const written = (policy: object) => stringify(policy, { aliasDuplicateObjects: false });

const windows = { timeZone: 'Europe/Berlin', allow: [{ rrule: 'FREQ=DAILY', start: '09:00', end: '16:00' }] };
const signers = [{ name: 'ci', publicKey: 'keys/ci.pub', stages: ['system'] }];
const whole = () => ({
  ...policyDocument(),
  services: { shop: { owners: ['key:bob'] } } as Record<string, unknown>,
  environments: {
    production: { ...environmentDocument(), windows } as Record<string, unknown>,
    staging: environmentDocument() as Record<string, unknown>,
  },
});

describe('a policy that is checked', () => {
  it('is loaded where nothing is wrong', async () => {
    const { loaded, faults } = await checked(written(whole()));
    expect(faults).toEqual([]);
    expect(Object.keys(loaded?.policy.environments ?? {})).toEqual(['production', 'staging']);
  });

  it('gets all faults of schema, parts, key files, windows and notifiers in one answer, with their places', async () => {
    const policy = whole();
    const { production, staging } = policy.environments;
    production['evidence'] = { maxAge: '7 days', signers };
    production['windows'] = { ...windows, timeZone: 'Europe/Berln' };
    production['approvals'] = { expireAfter: '24h', rules: [{ role: 'release-manager', minimum: 1 }] };
    production['stakeholders'] = 'Team';
    const hears = ['requested', 'approval-wanted', 'deployed', 'ended', 'page'];
    staging['stakeholders'] = [{ name: 'Team', emial: 'team@example.com', on: hears }];
    staging['monitorin'] = { minimum: '1m' };
    const { loaded, faults } = await checked(written(policy));
    expect(loaded).toBeNull();
    expect(faults).toEqual([
      expect.objectContaining({ text: 'maxAge: 7 days', detail: expect.stringMatching(/^write a duration/) }),
      expect.objectContaining({
        text: 'publicKey: keys/ci.pub',
        detail: expect.stringContaining('cannot be read (ENOENT)'),
      }),
      expect.objectContaining({ text: 'role: release-manager', detail: 'nobody has the role release-manager' }),
      expect.objectContaining({ text: 'stakeholders: Team', detail: 'write a list, not a string' }),
      expect.objectContaining({
        text: 'timeZone: Europe/Berln',
        detail: expect.stringContaining('no time zone is called'),
      }),
      expect.objectContaining({
        text: 'emial: team@example.com',
        detail: expect.stringContaining('unknown key "emial"'),
      }),
      expect.objectContaining({ text: 'monitorin:', detail: 'unknown key "monitorin"' }),
    ]);
  });

  it('that is not YAML gets the line of the fault', async () => {
    const { faults } = await checked(`gantry: 1\npeople: []\ngantry: 1\n`);
    expect(faults).toEqual([expect.objectContaining({ text: 'gantry: 1', detail: 'the key "gantry" stands twice' })]);
    expect((await checkPolicy(join(folder, 'policy.yaml'))).faults[0]).toMatchObject({ line: 3, column: 1 });
    const broken = await checked(`gantry: 1\npeople: ]\n`);
    expect(broken.faults).toEqual([expect.objectContaining({ text: ']' })]);
  });

  it('gets the fault of a service without owners, with what owners are', async () => {
    const { faults } = await checked(written({ ...whole(), services: { shop: { procedures: ['shop-blue-green'] } } }));
    expect(faults).toEqual([
      {
        text: 'shop:',
        pointer: '/services/shop/owners',
        detail: 'is missing: name its owners, who alone have the role service-owner for it',
      },
    ]);
  });

  it('gets no fault where nothing is wrong', async () => {
    const parts = Object.keys(environmentDocument());
    for (const value of [7, {}, [], undefined])
      for (const part of parts) {
        const policy = whole();
        policy.environments.staging[part] = value;
        const { faults } = await checked(written(policy));
        const elsewhere = faults.filter(({ pointer }) => !pointer.startsWith(`/environments/staging/${part}`));
        expect({ part, value, elsewhere }).toEqual({ part, value, elsewhere: [] });
      }
  });

  it('fails as before where there is no file', async () => {
    await expect(checkPolicy(join(folder, 'none.yaml'))).rejects.toMatchObject({ code: 'invalid-policy' });
  });
});
