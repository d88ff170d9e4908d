/** What one migration does to the store, and which builds go on working with it. */
interface SchemaChange {
  /** The newest migration of the oldest builds that work with the schema after it; null where all do that did before. */
  readonly carries: string | null;
  /** Run in order; all migrations of one call share a transaction. */
  readonly statements: readonly string[];
}

/** Adds what earlier builds can ignore. They go on working; a test checks the statements for that. */
const expand = (...statements: readonly string[]): SchemaChange => ({ carries: null, statements });

/** Takes away or changes what builds have used: those work on whose newest migration is `carries` or later. A release after the last use. */
const contract = (carries: string, ...statements: readonly string[]): SchemaChange => ({ carries, statements });

/** The last migration that this build cannot work without: with any later one it uses what is there, or does without. */
export const oldestSchema = '0017-on-whose-behalf';

/**
 * What makes the tables, in the order of their names. One that has been released is never changed again: the next
 * change is the next migration. Text that is sorted has the collation "C", so that both engines sort alike.
 */
export const migrations: Readonly<Record<string, SchemaChange>> = {
  '0001-first-tables': expand(
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
  '0002-api-keys': contract(
    '0002-api-keys',
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
  '0003-evidence-envelopes': expand(
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
  '0004-freezes': expand(
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
    // Read before each effect, and few.
    'create index on freezes (service, environment) where lifted_at is null',
  ),
  '0005-seals': expand(
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
  '0007-reviews': expand('alter table targets add column reviews text'),
  '0008-rehearsals': expand(
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
  '0009-wide-fences': contract(
    '0009-wide-fences',
    'alter table targets alter column fence type bigint',
    'alter table fences alter column fence type bigint',
  ),
  // The build before this one knows `body_digest` and `deployment` alone, and goes on with them.
  '0010-claims-have-holders': expand(
    'alter table idempotency add column sent_digest text',
    'alter table idempotency add column holder text',
    'alter table idempotency add column operation text',
    'alter table idempotency add column answer text',
    'alter table idempotency add column made_at timestamptz not null default clock_timestamp()',
  ),
  // The build before this one saves without a version, and leaves the one that is there.
  '0011-versions-of-targets': expand('alter table targets add column version integer not null default 0'),
  '0012-which-builds-it-carries': expand(
    'create table schema_versions (migration text primary key, carries text not null)',
  ),
  // What builds before this one have written has no time or owner that is needed: their outputs are kept for good.
  '0013-cleaning-up': expand(
    'create table chores (name text primary key, begun_at timestamptz not null)',
    'alter table plans add column saved_at timestamptz not null default now()',
    'alter table outputs add column saved_at timestamptz',
    'alter table outputs add column deployment text',
    'create index on outputs (saved_at) where deployment is not null',
    'create index on deployments (plan_digest)',
    "create index on api_keys (expires_at) where kind = 'session'",
  ),
  // An earlier build ignores it and lets deployments begin, so only builds that know it restore.
  '0014-recoveries': expand(
    `create table recoveries (
      id text primary key,
      taken_at text,
      began_at text collate "C" not null,
      why text not null,
      kept text not null,
      ended_at text,
      ended_by text,
      ended_reason text
    )`,
    'alter table api_keys add column unconfirmed_since text',
    'alter table signing_keys add column unconfirmed_since text',
  ),
  // The build before this one knows only who submitted first, and for which artifact.
  '0015-evidence-of-several': expand(
    `create table evidence_submissions (
      digest text not null,
      artifact_digest text not null,
      submitted_by text not null,
      submitted_at text not null,
      arrived bigint not null generated always as identity,
      primary key (digest, artifact_digest, submitted_by)
    )`,
    'create index on evidence_submissions (artifact_digest, arrived)',
  ),
  '0016-refused-messages': expand(
    `create table refused_messages (
      counter text primary key,
      deployment text not null,
      message text not null,
      subject text not null,
      code text not null,
      detail text not null,
      times integer not null,
      first_at text not null,
      last_at text not null
    )`,
    'create index on refused_messages (deployment)',
  ),
  // Plans of builds before this one are on nobody's behalf: deployments of theirs are found by who requested them alone.
  '0017-on-whose-behalf': expand(
    'alter table plans add column on_behalf_of text',
    'create index on plans (on_behalf_of) where on_behalf_of is not null',
  ),
  '0018-processes': expand(
    `create table processes (
      kind text not null check (kind in ('api', 'worker')),
      name text not null,
      policy_digest text not null,
      said_at timestamptz not null,
      primary key (kind, name)
    )`,
  ),
};
