import { GantryError } from '../../domain/base/errors.ts';
import { aheadMs, type Bearer } from './bearer.ts';
import { readContexts, type Session, writeContexts } from './contexts.ts';

/**
 * Who somebody is by a login that is kept under this name: its token, renewed and kept anew when it is near its end. The
 * bearer throws `unauthenticated` once the login has ended, and `identity-unavailable`.
 */
export function sessionBearer(kept: Session, name: string, file: string): Bearer {
  let session = kept;
  let renewing: Promise<void> | null = null;
  const renew = async () => {
    session = await renewed(session, name, file);
  };
  return async () => {
    if (!lasts(session, aheadMs)) {
      renewing ??= renew().finally(() => {
        renewing = null;
      });
      await renewing;
    }
    return session.accessToken;
  };
}

const lasts = ({ expiresAt }: Session, ms: number) => Date.now() + ms < Date.parse(expiresAt);

async function renewed(session: Session, name: string, file: string): Promise<Session> {
  // Another command may have renewed it meanwhile, and a provider may take each refresh token once.
  const newest = await keptNow(session, name, file);
  if (lasts(newest, aheadMs)) return newest;
  if (newest.refreshToken === null) {
    if (lasts(newest, 0)) return newest;
    throw ended();
  }
  const [{ refreshTokenGrant }, { clientOf, failureOf, isEnded, resourceOf, sessionOf }] = await Promise.all([
    import('openid-client'),
    import('./provider.ts'),
  ]);
  const client = await clientOf(newest);
  try {
    const tokens = await refreshTokenGrant(client, newest.refreshToken, resourceOf(newest));
    const next = sessionOf(newest, tokens, newest);
    await keep(next, name, file);
    return next;
  } catch (error) {
    if (!isEnded(error)) throw error instanceof GantryError ? error : failureOf(newest, error);
    const other = await keptNow(newest, name, file);
    if (other.refreshToken !== newest.refreshToken && lasts(other, 0)) return other;
    throw ended(error);
  }
}

async function keptNow(session: Session, name: string, file: string): Promise<Session> {
  const { contexts } = await readContexts(file);
  const kept = Object.hasOwn(contexts, name) ? contexts[name]?.session : undefined;
  const isSame = kept?.issuer === session.issuer && kept.clientId === session.clientId;
  return kept && isSame ? kept : session;
}

/** Keeps a login anew, unless it was forgotten meanwhile. */
async function keep(session: Session, name: string, file: string): Promise<void> {
  const kept = await readContexts(file);
  const context = Object.hasOwn(kept.contexts, name) ? kept.contexts[name] : undefined;
  if (context?.session)
    await writeContexts(file, { ...kept, contexts: { ...kept.contexts, [name]: { ...context, session } } });
}

function ended(cause?: unknown): GantryError {
  return new GantryError('unauthenticated', 'Your login has ended: log in again with gantry login.', { cause });
}
