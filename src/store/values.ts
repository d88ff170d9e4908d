import type { PageRequest } from './pages.ts';

/** Columns of deployments that a list can be filtered by. */
export const deploymentFilters = ['service', 'environment', 'phase', 'outcome', 'requester', 'release'] as const;
export type Equal<Column extends string> = { readonly [column in Column]?: string | undefined };

/** Filters of a list of deployments; an absent one does not filter. */
export interface DeploymentFilter extends PageRequest, Equal<(typeof deploymentFilters)[number]> {
  /** Only those that have not ended. */
  readonly isOpen?: boolean | undefined;
  /** Only those that this person or robot has requested, or a robot on their behalf. */
  readonly requestedFor?: string | undefined;
  /** Of one target: those before this number. */
  readonly numberBelow?: number | undefined;
  /** Only those that have ended and whose final record is missing. */
  readonly lacksRecord?: boolean | undefined;
}

/** By which the body of a repeated request is recognized. */
export interface BodyDigests {
  /** Of the body as sent, and of its route: the same bytes are the same request, whichever build reads them. */
  readonly sent: string;
  /** Of the body as this build has read it: the build before this one, and targets, compare this. */
  readonly read: string;
}

/** A claim and its holder, who can change nothing any more once another has taken it over, or it was answered. */
export interface HeldClaim {
  readonly subject: string;
  readonly key: string;
  readonly holder: string;
}

/** What a request was answered with, so that its repeat is answered alike. */
export type RememberedAnswer =
  /** The status of a deployment, as it is by then. */
  | { readonly kind: 'deployment'; readonly deployment: string }
  /** The same of a deployment that took a message, with what that led to, up to entry `seq`. */
  | { readonly kind: 'message'; readonly deployment: string; readonly seq: number }
  /** The very same again. */
  | {
      readonly kind: 'given';
      readonly status: 200 | 201 | 202;
      readonly location: string | null;
      readonly body: object;
    };

/** What a claim of (subject, Idempotency-Key) found. */
export type Claim =
  | {
      readonly kind: 'claimed';
      readonly held: HeldClaim;
      /** The key was never claimed before, so nothing can have been requested under it. */
      readonly isFirst: boolean;
      /** A UUID that stays the same when the claim is taken over: what the request creates can be named by it. */
      readonly operation: string;
      /** Of the body as the first holder has read it. */
      readonly bodyDigest: string;
    }
  | { readonly kind: 'completed'; readonly answer: RememberedAnswer }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'other-body' };

/** Is notified of journal entries as any process writes them. */
export interface JournalListener {
  /** Entries up to `seq` were written; earlier ones may be new, too. */
  readonly written: (entries: { readonly deployment: string; readonly seq: number }) => void;
  /** Called when it begins to listen, for the first time or again: what was written before has to be read. */
  readonly listening: () => void;
}
