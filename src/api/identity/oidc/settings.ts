/** An OpenID provider whose word counts. */
export interface OidcSettings {
  /** As it stands in its tokens, to the letter. */
  readonly issuer: string;
  /** Whom access tokens must be meant for. */
  readonly audience: string;
  /** Signatures that count, such as `RS256`; only asymmetric ones. */
  readonly algorithms: readonly string[];
  /** Null: nobody logs in by a browser. */
  readonly login: OidcLogin | null;
}

export interface OidcLogin {
  readonly clientId: string;
  /** Null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
  /** Where browsers reach Gantry: an origin. */
  readonly publicUrl: string;
}
