import type { DeploymentRow } from '../../../src/domain/journal/batch.ts';
import type { JournalEntry } from '../../../src/domain/journal/entries.ts';
import type { Freeze, FreezeScope } from '../../../src/domain/policy/freezes-by-people.ts';
import type { RehearsalRow } from '../../../src/domain/rehearsal/statement.ts';
import type { StoredKey } from '../../../src/domain/trust/api-keys.ts';
import { type Envelope, inTotoPayload } from '../../../src/domain/trust/envelope.ts';

/** A row of the list of deployments, `shop.production.<number>` unless told otherwise. */
export function deploymentRow(number: number, other: Partial<DeploymentRow> = {}): DeploymentRow {
  const { service = 'shop', environment = 'production' } = other;
  return {
    id: `${service}.${environment}.${number}`,
    workflowId: `deployment/${service}/${environment}/${number}`,
    number,
    service,
    environment,
    release: '1.4.2',
    artifactDigest: `sha256:${'9f'.repeat(32)}`,
    planDigest: `sha256:${'c1'.repeat(32)}`,
    requester: 'key:alice',
    requestedAt: '2026-11-23T09:00:02.114Z',
    phase: 'verifying',
    outcome: null,
    endedAt: null,
    lastSeq: 0,
    ...other,
  };
}

/** A rehearsal's statement signed with key k1, as far as anybody who does not verify it can tell. */
export const signedEnvelope: Envelope = {
  payloadType: inTotoPayload,
  payload: 'e30=',
  signatures: [{ keyid: 'k1', sig: 'c2ln' }],
};

/** A rehearsal on `shop` in `staging`, unsigned unless told otherwise. */
export function rehearsalRow(other: Partial<RehearsalRow> = {}): RehearsalRow {
  return {
    deployment: 'shop.staging.31',
    service: 'shop',
    environment: 'staging',
    procedureDigest: `sha256:${'c'.repeat(64)}`,
    planDigest: `sha256:${'c1'.repeat(32)}`,
    kind: 'rehearsal',
    stepsUndone: 2,
    verifiedAt: '2026-11-20T14:22:08.911Z',
    digest: `sha256:${'4e'.repeat(32)}`,
    envelope: null,
    ...other,
  };
}

/** Entries `from` to `to`, which tell nothing but their number. */
export function entries(from: number, to: number, statement = 'on time'): readonly JournalEntry[] {
  return Array.from({ length: to - from + 1 }, (_, i) => ({
    v: 1,
    seq: from + i,
    at: '2026-11-23T09:00:02.114Z',
    type: 'note-added',
    severity: 'minor',
    statement,
    by: { subject: 'key:bob', name: 'Bob May', via: 'api', identity: 'verified' },
  }));
}

/** A key with this id that counts. */
export function storedKeyOf(subject: string, id: string): StoredKey {
  return {
    id,
    hash: 'ab'.repeat(32),
    subject,
    kind: 'key',
    scopes: null,
    createdAt: '2026-11-23T09:00:02.114Z',
    expiresAt: null,
    revokedAt: null,
    unconfirmedSince: null,
  };
}

/** A freeze that holds from 09:00 on, until somebody lifts it. */
export function freezeOf(id: string, scope: FreezeScope, other: Partial<Freeze> = {}): Freeze {
  const at = '2026-11-23T09:00:00.000Z';
  const who = { createdAt: at, createdBy: 'key:carol', lifted: null };
  return { id, scope, reason: 'an incident', from: at, until: null, ...who, ...other };
}
