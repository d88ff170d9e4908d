/** The part of a deployment's status that the demo shows. */
export interface Status {
  readonly id: string;
  readonly workflowId: string;
  readonly phase: string;
  readonly outcome: string | null;
  readonly planDigest: string;
  readonly seq: number;
  readonly waitingFor: readonly { readonly kind: string; readonly until?: string | null; readonly step?: string }[];
}

export interface Entry {
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Somebody who speaks to Gantry's API, with nothing but HTTP and a token. */
export class Client {
  private readonly api: string;
  private readonly token: string;

  constructor(api: string, token: string) {
    this.api = api;
    this.token = token;
  }

  async send<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    const answer = await fetch(`${this.api}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }
}
