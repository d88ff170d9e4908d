/** How Gantry identifies a person or robot: `key:alice`, `oidc:https://idp.example/|bob`. */
export const subjectPattern = /^(key|oidc):[A-Za-z0-9._~:/@|+=,-]{1,250}$/;
export const subjectWords = 'write key:<name> or oidc:<issuer>|<subject>';

/** Who asked for something. */
export interface Subject {
  readonly subject: string;
  readonly name: string;
}
