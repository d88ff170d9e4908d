import type { FastifyBaseLogger, RouteOptions } from 'fastify';
import type { FastifyPluginCallbackZod } from 'fastify-type-provider-zod';
import type { ErrorCode } from '../domain/base/error-codes.ts';
import type { Subject } from '../domain/base/subject.ts';
import type { HealthSoFar } from '../domain/health/so-far.ts';
import type { AdapterCatalog } from '../domain/kinds/adapter.ts';
import type { PolicySource, ProcedureSource } from '../domain/planning/source-ports.ts';
import type { PublicKey } from '../domain/trust/public-key.ts';
import type { Signature } from '../domain/trust/seal.ts';
import type { Store } from '../store/index.ts';
import type { Gateway } from '../temporal/gateway.ts';
import type { AccessRule } from './identity/access.ts';
import type { Credential } from './identity/credential.ts';
import type { OidcSettings, PipelineAudiences } from './identity/oidc/settings.ts';
import type { RateLimits } from './plugins/rate-limits.ts';
import type { WaitLimits } from './watch/places.ts';
import type { Watcher } from './watch/watcher.ts';

/** Signs what the API vouches for, texts as their UTF-8 bytes. Workers never have these keys. */
export interface SigningKeys {
  /** ed25519, hex, the newest first: that one is frozen into plans. */
  readonly publicKeys: readonly string[];
  /** Under the newest key: what a plan's parts are sealed with. */
  readonly seal: (text: string) => Signature;
  /** Under each key: a deployment knows the one that was the newest when its plan was frozen. */
  readonly vouch: (text: string) => readonly Signature[];
}

/** The build of Gantry that serves. */
export interface Build {
  readonly version: string;
  /** Its command line, packed for npm; null where it was not built. */
  readonly commandLine: Uint8Array | null;
}

export interface ApiDeps {
  readonly store: Store;
  readonly gateway: Gateway;
  readonly catalog: AdapterCatalog;
  readonly policy: PolicySource;
  readonly procedures: ProcedureSource;
  /** Null: nothing is vouched for, every message is only asserted. */
  readonly signingKeys: SigningKeys | null;
  /** Public keys of workers that are known here, by which a preview can verify what they signed. */
  readonly attestationKeys: readonly PublicKey[];
  /** The key under links to pages; null or absent: pages cannot be acknowledged by link. */
  readonly pageKey?: Uint8Array | null;
  /** Whom the commands of procedures run as, where this process carries them out; absent: other processes do. */
  readonly commands?: { readonly isIsolated: boolean; readonly detail: string } | undefined;
  /** What is wrong with the role that the store was opened as, for `/readyz`; null or absent: nothing. */
  readonly roleFault?: string | null;
  /** Absent: nobody said. */
  readonly build?: Build | undefined;
  /** Null: keys only. */
  readonly oidc: OidcSettings | null;
  /** For which audiences the tokens of pipelines may be; none: no such token counts. */
  readonly pipelineAudiences?: PipelineAudiences | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly logger?: FastifyBaseLogger | undefined;
  /** Addresses and networks of proxies that are trusted for the caller's address and scheme; none when absent. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Where people see a workflow in Temporal's own page; absent or null: nobody said where that is. */
  readonly temporalPage?: ((workflowId: string) => string) | null | undefined;
  /** How many requests may wait at once; the defaults when absent. */
  readonly waitLimits?: WaitLimits | undefined;
  /** Why nothing new may begin: the disk with the state is full. Absent: this process does not know. */
  readonly roomFault?: (() => Promise<string | null>) | undefined;
  /** How much one caller may request in a minute; the defaults when absent. */
  readonly rateLimits?: RateLimits | undefined;
}

/** The same with what all reading requests of one process share. */
export interface ReadingDeps extends ApiDeps {
  readonly watcher: Watcher;
  /** Views of targets, shared by those who ask at once. Throws as `Gateway.target` does. */
  readonly targetView: Gateway['target'];
  /** What the health monitor of a deployment counts now. Throws as `Gateway.heard` does. */
  readonly healthView: (id: string) => Promise<HealthSoFar>;
}

/** The app as routes have it: requests and answers are typed by the routes' schemas. */
export type RoutesApp = Parameters<FastifyPluginCallbackZod>[0];

// What our plugins add to the app, its routes and their requests.
declare module 'fastify' {
  interface FastifyContextConfig {
    access?: AccessRule;
    /** How many members and items a body may have; the default when absent. */
    maxValues?: number;
    /** The methods of a path, on routes that only list them. */
    allow?: string;
    /** Of a route whose requests may be repeated under an Idempotency-Key, or need one. */
    idempotencyKey?: 'heeded' | 'needed';
    /** How its answers may be kept, errors apart; not at all when absent. */
    cacheControl?: string;
    /** Not counted: what aborts a deployment, or frees a target that is stuck. */
    isReserved?: boolean;
  }
  interface FastifyInstance {
    /** Every route with the rule that it declares. */
    readonly declaredRoutes: readonly RouteOptions[];
    /** Aborted when the API begins to stop: it is not ready from then on, and still serves. */
    readonly stopping: AbortSignal;
    /** Aborted once no new connections are accepted: waiting requests are answered at once. */
    readonly closing: AbortSignal;
    /** Ends the API: not ready at once, still serving for `drainMs`, then closed as {@link useClosing} says. */
    readonly drainAndClose: (drainMs: number) => Promise<void>;
    /** How many requests were answered 401 or 403 since the start, by code. */
    readonly refusals: ReadonlyMap<ErrorCode, number>;
    /** Has what this process refused written by now, as far as the store takes it. */
    readonly writeRefused: () => Promise<void>;
  }
  interface FastifyRequest {
    caller: Subject;
    credential: Credential;
    /** When the store last confirmed the credential (ISO 8601), if it does not answer now; else null. */
    verifiedAt: string | null;
    /** The body as JSON has it, before this version's schema filled anything in. */
    sentBody: unknown;
  }
}
