/** A file of a repository that states what a target serves, as a plan freezes it. */
export interface PlannedDocument {
  readonly path: string;
  /**
   * `block`: what stands between the two markers of this name is rewritten, the rest of the file is not touched. `record`: the
   * deployment's own record, a file in the folder `path`.
   */
  readonly what: { readonly kind: 'block'; readonly block: string } | { readonly kind: 'record' };
}

/** A git repository with its documents of one plan: they are written by one commit. */
export interface PlannedRepository {
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly author: { readonly name: string; readonly email: string };
  /** `password`: a reference to a secret, which only a worker reads. Null: the remote asks for none. */
  readonly credentials: { readonly username: string; readonly password: string } | null;
  readonly documents: readonly PlannedDocument[];
}
