import { type Kysely, type Migration, Migrator, sql } from 'kysely';

/** Runs statements in order; all migrations of one call share a transaction. */
function statements(...texts: readonly string[]): Migration {
  return {
    async up(db) {
      for (const text of texts) await sql.raw(text).execute(db);
    },
  };
}

/**
 * What makes the tables, in the order of their names. One that has been released is never changed again: the next
 * change is the next migration. Text that is sorted has the collation "C", so that both engines sort alike.
 */
const migrations: Readonly<Record<string, Migration>> = {
  '0001-first-tables': statements(
    `create table evidence (
      digest text primary key,
      artifact_digest text not null,
      stage text not null,
      result text not null,
      started_on text not null,
      finished_on text not null,
      url text,
      submitted_by text not null,
      submitted_at text not null,
      statement text not null,
      arrived bigint not null generated always as identity
    )`,
    'create index on evidence (artifact_digest, arrived)',
    'create table plans (digest text primary key, document text not null)',
    `create table idempotency (
      subject text,
      key text,
      body_digest text not null,
      deployment text,
      claimed_at timestamptz not null default clock_timestamp(),
      primary key (subject, key)
    )`,
    'create index on idempotency (claimed_at)',
    `create table deployments (
      id text collate "C" primary key,
      workflow_id text not null,
      number integer not null,
      service text not null,
      environment text not null,
      release text not null,
      artifact_digest text not null,
      plan_digest text not null,
      requester text not null,
      requested_at text collate "C" not null,
      phase text not null,
      outcome text,
      ended_at text,
      last_seq integer not null
    )`,
    'create index on deployments (requested_at, number, id)',
    'create index on deployments (service, environment, requested_at, number, id)',
    'create index on deployments (requester, requested_at, number, id)',
    'create index on deployments (release, requested_at, number, id)',
    'create index on deployments (phase, requested_at, number, id)',
    'create index on deployments (outcome, requested_at, number, id)',
    `create table journal (
      deployment text,
      seq integer,
      entry text not null,
      primary key (deployment, seq)
    )`,
    `create table targets (
      service text collate "C",
      environment text collate "C",
      last_number integer not null,
      fence integer not null,
      live text,
      slot text,
      lock text,
      primary key (service, environment)
    )`,
    'create table fences (target text primary key, fence integer not null)',
    `create table records (
      deployment text primary key,
      state text not null check (state in ('draft', 'final')),
      last_seq integer not null,
      digest text not null,
      markdown text not null,
      document text not null
    )`,
    'create table record_paths (deployment text primary key, path text not null)',
    // Some file systems do not tell upper case from lower case.
    'create unique index on record_paths (lower(path))',
    'create table outputs (digest text primary key, content bytea not null)',
    `create table tokens (
      hash text primary key,
      subject text not null,
      created_at timestamptz not null default clock_timestamp(),
      revoked_at timestamptz
    )`,
    'create index on tokens (subject)',
  ),
  '0002-api-keys': statements(
    'drop table tokens',
    `create table api_keys (
      id text primary key,
      hash text not null,
      subject text not null,
      kind text not null check (kind in ('key', 'session')),
      scopes text,
      created_at text collate "C" not null,
      expires_at text collate "C",
      revoked_at text
    )`,
    'create index on api_keys (subject)',
  ),
  '0003-evidence-envelopes': statements(
    'alter table evidence add column envelope text',
    `create table refused_evidence (
      artifact_digest text not null,
      stage text,
      code text not null,
      detail text not null,
      submitted_by text not null,
      at text not null,
      arrived bigint not null generated always as identity
    )`,
    'create index on refused_evidence (artifact_digest, arrived)',
  ),
  '0004-freezes': statements(
    `create table freezes (
      id text primary key,
      scope text not null check (scope in ('everything', 'service', 'environment', 'target')),
      service text,
      environment text,
      reason text not null,
      from_at text not null,
      until_at text collate "C",
      created_at text collate "C" not null,
      created_by text not null,
      lifted_at text,
      lifted_by text,
      lifted_reason text
    )`,
    'create index on freezes (created_at, id)',
    // Whoever is about to act asks for these, and they are few.
    'create index on freezes (service, environment) where lifted_at is null',
  ),
  '0005-seals': statements(
    'alter table plans add column seals text',
    `create table signing_keys (
      id text primary key,
      public_key text not null,
      created_at timestamptz not null default clock_timestamp(),
      retired_at timestamptz
    )`,
    `create table alerts (
      number bigint primary key generated always as identity,
      at text not null,
      target text not null,
      code text not null,
      detail text not null,
      worker text not null
    )`,
  ),
  '0007-reviews': statements('alter table targets add column reviews text'),
  '0008-rehearsals': statements(
    `create table rehearsals (
      deployment text collate "C" primary key,
      service text not null,
      environment text not null,
      procedure_digest text not null,
      plan_digest text not null,
      kind text not null check (kind in ('rehearsal', 'rolled-back')),
      steps_undone integer not null,
      verified_at text collate "C" not null,
      digest text not null,
      envelope text
    )`,
    'create index on rehearsals (service, environment, procedure_digest, verified_at)',
  ),
  '0009-wide-fences': statements(
    'alter table targets alter column fence type bigint',
    'alter table fences alter column fence type bigint',
  ),
  // The build before this one knows `body_digest` and `deployment` alone, and goes on with them.
  '0010-claims-have-holders': statements(
    'alter table idempotency add column sent_digest text',
    'alter table idempotency add column holder text',
    'alter table idempotency add column operation text',
    'alter table idempotency add column answer text',
    'alter table idempotency add column made_at timestamptz not null default clock_timestamp()',
  ),
  // The build before this one saves without a version, and leaves the one that is there.
  '0011-versions-of-targets': statements('alter table targets add column version integer not null default 0'),
};

/** Applies what is missing and answers its names. Others who migrate at the same time wait for each other. */
export async function applyMigrations<Any>(db: Kysely<Any>): Promise<readonly string[]> {
  const { error, results } = await migratorOf(db).migrateToLatest();
  if (error !== undefined) throw error;
  return (results ?? []).filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
}

export async function missingMigrations<Any>(db: Kysely<Any>): Promise<readonly string[]> {
  const known = await migratorOf(db).getMigrations();
  return known.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

function migratorOf<Any>(db: Kysely<Any>): Migrator {
  return new Migrator({
    db: db.withoutPlugins(),
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
  });
}
