import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';

const script = fileURLToPath(new URL('oidc-provider.mjs', import.meta.url));

/** A real OpenID provider, in a process of its own. */
export interface IdentityProvider {
  readonly issuer: string;
  /** Whom its access tokens are meant for. */
  readonly audience: string;
  /** The access token of the robot `ci` (client credentials). */
  robotToken(): Promise<string>;
  /** What a person gets who logs in by the client `public-page` for its API, as any program on their behalf would. */
  personTokens(browser: Browser, name: string): Promise<{ readonly access_token: string; readonly id_token: string }>;
  /** Goes on from a page of the provider until it sends the browser away; answers where to. */
  logIn(browser: Browser, url: string, name: string): Promise<string>;
  /** The same, but the person changes their mind. */
  giveUp(browser: Browser, url: string): Promise<string>;
  /** Opens the page of a login by device, logs in and confirms the code, or says no. */
  confirmDevice(browser: Browser, url: string, name: string | null): Promise<void>;
  stop(): Promise<void>;
}

/** As much of a browser as logging in takes: cookies, and no following of redirects. */
export class Browser {
  /** By name: browsers tell hosts apart, not ports. */
  readonly cookies = new Map<string, { readonly value: string; readonly path: string; readonly attributes: string }>();

  async go(url: string, method = 'GET', form?: Record<string, string>, headers: Record<string, string> = {}) {
    const { pathname } = new URL(url);
    const sent = [...this.cookies].filter(([, { path }]) => pathname.startsWith(path));
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...headers, cookie: sent.map(([name, { value }]) => `${name}=${value}`).join('; ') },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const text of answer.headers.getSetCookie()) this.keep(text);
    const location = answer.headers.get('location');
    return {
      status: answer.status,
      location: location === null ? null : new URL(location, url).href,
      body: await answer.text(),
    };
  }

  private keep(text: string): void {
    const [pair = '', ...attributes] = text.split(';').map((part) => part.trim());
    const [name = '', value = ''] = pair.split('=');
    const path = attributes.find((one) => one.startsWith('path=') || one.startsWith('Path='))?.slice(5) ?? '/';
    const isOver = value === '' || attributes.some((one) => /^max-age=0$/i.test(one));
    if (isOver) this.cookies.delete(name);
    else this.cookies.set(name, { value, path, attributes: attributes.join('; ') });
  }
}

export async function startIdentityProvider(gantry: string): Promise<IdentityProvider> {
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const issuer = `http://127.0.0.1:${port}`;
  const audience = 'https://gantry.example/api';
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [script, String(port), gantry, audience], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH, HOME },
  });
  const ended = once(child, 'close');
  await Promise.race([
    once(child.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('the provider has ended before it was ready'))),
  ]);

  /** Answers the provider's pages until it sends the browser elsewhere. */
  const goOn = async (
    browser: Browser,
    start: string,
    answer: (url: string, page: string) => Promise<string | null>,
  ) => {
    let url = start;
    while (url.startsWith(issuer)) {
      const { location, body, status } = await browser.go(url);
      const next = location ?? (await answer(url, body));
      if (next === null) throw new Error(`${url} answers ${status}: ${body.slice(0, 500)}`);
      url = next;
    }
    return url;
  };
  const token = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${issuer}/token`, { method: 'POST', body: new URLSearchParams(form), headers });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { access_token: string; id_token: string };
  };
  const provider: IdentityProvider = {
    issuer,
    audience,
    async robotToken() {
      const authorization = `Basic ${Buffer.from('ci:of-the-robot').toString('base64')}`;
      const form = { grant_type: 'client_credentials', resource: audience, scope: 'api' };
      return (await token(form, { authorization })).access_token;
    },
    async personTokens(browser, name) {
      const verifier = 'v'.repeat(43);
      const challenge = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(verifier))).toString('base64url');
      const redirect_uri = `${gantry}/login/callback`;
      const query = new URLSearchParams({
        client_id: 'public-page',
        response_type: 'code',
        redirect_uri,
        scope: 'openid api',
        resource: audience,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      const back = await provider.logIn(browser, `${issuer}/auth?${query.toString()}`, name);
      const code = new URL(back).searchParams.get('code') ?? '';
      return token({
        grant_type: 'authorization_code',
        client_id: 'public-page',
        code,
        redirect_uri,
        code_verifier: verifier,
        resource: audience,
      });
    },
    logIn: (browser, url, name) =>
      goOn(browser, url, async (page, body) => {
        const prompt = /name="prompt" value="(login|consent)"/.exec(body)?.[1];
        if (prompt === undefined) return null;
        return (await browser.go(page, 'POST', { prompt, login: name, password: 'any' })).location;
      }),
    giveUp: (browser, url) => goOn(browser, url, async (page) => (await browser.go(`${page}/abort`)).location),
    async confirmDevice(browser, url, name) {
      const { body } = await browser.go(url);
      const [xsrf = '', user_code = ''] = ['xsrf', 'user_code'].map(
        (field) => new RegExp(`name="${field}" value="([^"]+)"`).exec(body)?.[1],
      );
      const answer = name === null ? { abort: 'yes' } : { confirm: 'yes' };
      const { location } = await browser.go(`${issuer}/device`, 'POST', { xsrf, user_code, ...answer });
      let next = location;
      while (next !== null) {
        const page = await browser.go(next);
        const prompt = /name="prompt" value="(login|consent)"/.exec(page.body)?.[1];
        const said = { prompt: prompt ?? '', login: name ?? '', password: 'any' };
        next = page.location ?? (prompt === undefined ? null : (await browser.go(next, 'POST', said)).location);
      }
    },
    async stop() {
      child.kill();
      await ended;
    },
  };
  return provider;
}
