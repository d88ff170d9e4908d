/** The OpenID provider that is trusted. */
export interface OidcSettings {
  /** Exactly as in its tokens. */
  readonly issuer: string;
  /** The audience that access tokens must have. */
  readonly audience: string;
  /** Accepted signature algorithms, such as `RS256`; only asymmetric ones. */
  readonly algorithms: readonly string[];
  /** What the provider knows the command line as; null or absent: nobody logs in there. */
  readonly cliClientId?: string | null;
  /** Null: no login by browser. */
  readonly login: OidcLogin | null;
}

export interface OidcLogin {
  readonly clientId: string;
  /** Null: a public client, which PKCE alone protects. */
  readonly clientSecret: string | null;
  /** The origin at which browsers reach Gantry. */
  readonly publicUrl: string;
}

/** For which audiences a CI has to make the tokens of its runs: none where no address of this API is known. */
export type PipelineAudiences = readonly string[];
