import { type Kysely, sql } from 'kysely';

/** What a process may do with a table, or with some of its columns. */
type Right = 'select' | 'insert' | 'delete' | 'update' | readonly ['update', ...string[]];

/** The processes that have a role of their own. The role that migrates, backs up and restores owns the tables. */
export type ProcessKind = 'api' | 'worker';

const written: readonly Right[] = ['select', 'insert', 'update'];
const added: readonly Right[] = ['select', 'insert'];
const read: readonly Right[] = ['select'];
const all: readonly Right[] = ['select', 'insert', 'update', 'delete'];

/**
 * The one table of who may do what, made of the statements that each process sends. A worker runs what procedures bring: it
 * can read no key of the API and no session, can make no key trusted, and can change and remove no entry of a journal.
 * Nothing that it writes counts as an approval: that takes the API's signature, whose public key a worker can only read.
 */
export const grants: Readonly<Record<string, Readonly<Record<ProcessKind, readonly Right[]>>>> = {
  evidence: { api: added, worker: read },
  evidence_submissions: { api: added, worker: read },
  refused_evidence: { api: ['select', 'insert', 'delete'], worker: read },
  refused_messages: { api: written, worker: read },
  // A worker saves the plans of repairs, and renews the time of those that it is asked about.
  plans: {
    api: ['select', 'insert', 'delete', ['update', 'seals', 'on_behalf_of', 'saved_at']],
    worker: ['select', 'insert', ['update', 'seals', 'on_behalf_of', 'saved_at']],
  },
  idempotency: { api: all, worker: [] },
  // Either process fills gaps in journals.
  deployments: { api: written, worker: written },
  journal: { api: added, worker: added },
  targets: { api: read, worker: written },
  fences: { api: read, worker: written },
  records: { api: read, worker: written },
  record_paths: { api: read, worker: added },
  rehearsals: { api: read, worker: added },
  outputs: { api: all, worker: written },
  signing_keys: { api: ['select', 'insert', ['update', 'retired_at']], worker: read },
  alerts: { api: ['select', 'insert', 'delete'], worker: added },
  api_keys: { api: all, worker: [] },
  recoveries: { api: read, worker: read },
  freezes: { api: written, worker: read },
  chores: { api: written, worker: [] },
  processes: { api: all, worker: all },
  schema_versions: { api: read, worker: read },
  kysely_migration: { api: read, worker: read },
};

/** A role of PostgreSQL that a process opens the store as. */
export interface ProcessRole {
  readonly kind: ProcessKind;
  readonly name: string;
}

/**
 * Grants roles what their processes need and revokes all other rights on the tables, in the transaction of the caller, who
 * owns them.
 */
export async function grantTo<Any>(db: Kysely<Any>, roles: readonly ProcessRole[]): Promise<void> {
  for (const { kind, name } of roles) {
    const role = sql.id(name);
    await sql`revoke all on all tables in schema public from ${role}`.execute(db);
    await sql`revoke all on all sequences in schema public from ${role}`.execute(db);
    await sql`revoke create on schema public from ${role}`.execute(db);
    await sql`grant usage on schema public to ${role}`.execute(db);
    for (const [table, { [kind]: rights }] of Object.entries(grants))
      for (const right of rights) {
        const [verb, ...columns] = typeof right === 'string' ? [right] : right;
        const of = columns.length === 0 ? '' : ` (${columns.join(', ')})`;
        await sql`grant ${sql.raw(verb + of)} on ${sql.table(table)} to ${role}`.execute(db);
      }
  }
}

/** How the rights of a process's role differ from what it needs. */
export interface RoleFinding {
  readonly role: string;
  /** Rights that it lacks, such as `insert on journal`. */
  readonly missing: readonly string[];
  /** Why it can do more than it needs; null: it cannot. */
  readonly excess: string | null;
  readonly isSuperuser: boolean;
}

interface Wanted {
  readonly table: string;
  readonly verb: string;
  readonly isOurs: boolean;
  readonly isOfColumns: boolean;
}

/** Compares the rights of this connection's role with the table above. */
export async function findingOf<Any>(db: Kysely<Any>, kind: ProcessKind): Promise<RoleFinding> {
  const wanted: readonly Wanted[] = Object.entries(grants).flatMap(([table, { [kind]: rights }]) =>
    ['select', 'insert', 'update', 'delete'].map((verb) => {
      const right = rights.find((one) => one === verb || (typeof one !== 'string' && one[0] === verb));
      const isOfColumns = right !== undefined && typeof right !== 'string';
      return { table, verb, isOurs: right !== undefined, isOfColumns };
    }),
  );
  const { rows } = await sql<{ role: string; isSuper: boolean; owns: boolean; creates: boolean; has: string }>`
    select current_user as role,
      (select rolsuper from pg_roles where rolname = current_user) as is_super,
      exists (
        select from pg_class
        where relnamespace = 'public'::regnamespace and relname = 'journal' and pg_has_role(relowner, 'usage')
      ) as owns,
      has_schema_privilege('public', 'create') as creates,
      (
        select coalesce(json_agg(t.name || ' ' || r.verb || p.whole), '[]')::text
        from unnest(${sql.val(Object.keys(grants))}::text[]) t (name)
        cross join unnest(array['select', 'insert', 'update', 'delete']) r (verb)
        cross join unnest(array['', ' whole']) p (whole)
        where case when to_regclass('public.' || t.name) is null then false
          when p.whole <> '' or r.verb = 'delete' then has_table_privilege('public.' || t.name, r.verb)
          else has_any_column_privilege('public.' || t.name, r.verb) end
      ) as has`.execute(db);
  const [row] = rows;
  const has = new Set(JSON.parse(row?.has ?? '[]') as string[]);
  const holds = ({ table, verb }: Wanted, whole = '') => has.has(`${table} ${verb}${whole}`);
  const wordsOf = (some: readonly Wanted[]) => some.map(({ table, verb }) => `${verb} on ${table}`);
  const beyond = wordsOf(wanted.filter((one) => (one.isOfColumns ? holds(one, ' whole') : !one.isOurs && holds(one))));
  const excess =
    [
      ...(row?.isSuper ? ['is a superuser'] : []),
      ...(row?.owns ? ['owns the tables'] : []),
      ...(row?.creates ? ['may create tables'] : []),
      ...(beyond.length > 0 ? [`has ${beyond.join(', ')}`] : []),
    ][0] ?? null;
  const missing = wordsOf(wanted.filter((one) => one.isOurs && !holds(one)));
  return { role: row?.role ?? '', missing, excess, isSuperuser: row?.isSuper ?? false };
}
