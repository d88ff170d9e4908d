import { GantryError } from '../../../domain/base/errors.ts';
import { isPipeline, pipelinesOf, robotOfRun, strangeRun } from '../../../domain/policy/pipelines.ts';
import { findRobot } from '../../../domain/policy/robots.ts';
import type { ApiDeps } from '../../deps.ts';
import { claimedIssuer, createTokenReader, createTokenVerifier, type TokenVerifier } from './tokens.ts';

/** How a CI may sign the tokens of its runs. */
const pipelineAlgorithms = ['RS256', 'ES256', 'PS256', 'EdDSA'];

/**
 * Whose token a bearer is: of the robot whose claims the run has, where the policy names robots of its issuer by claims, or of
 * whoever the identity provider says. Only these issuers are ever asked for their keys. Throws `unauthenticated`, `forbidden`
 * for a run that is no robot's, `identity-unavailable`, and as reading the policy does.
 */
export function createBearers({
  oidc,
  pipelineAudiences = [],
  policy,
  now,
}: Pick<ApiDeps, 'oidc' | 'pipelineAudiences' | 'policy' | 'now'>): (token: string) => Promise<string> {
  const readProvider = oidc && createTokenReader(oidc, now);
  const verifiers = new Map<string, TokenVerifier>();
  const verifierOf = (issuer: string): TokenVerifier => {
    const how = { issuer, algorithms: issuer === oidc?.issuer ? oidc.algorithms : pipelineAlgorithms };
    const known = verifiers.get(issuer) ?? createTokenVerifier(how, now);
    verifiers.set(issuer, known);
    return known;
  };
  return async (token) => {
    const { robots } = (await policy.read()).policy;
    const issuer = claimedIssuer(token);
    const pipelines = issuer === null ? [] : pipelinesOf(robots, issuer);
    if (issuer !== null && pipelines.length > 0) {
      if (pipelineAudiences.length === 0) throw new GantryError('unauthenticated', noAudience);
      const said = await verifierOf(issuer)(token, pipelineAudiences);
      const robot = robotOfRun(pipelines, said);
      if (robot) return robot.subject;
      if (issuer !== oidc?.issuer) throw new GantryError('forbidden', strangeRun(said));
    }
    if (!oidc || !readProvider)
      throw new GantryError('unauthenticated', 'No identity provider is set up here: send a key.');
    const subject = await readProvider(token, oidc.audience);
    // A robot that is known by claims is not also whoever has its name as a subject.
    const namesake = findRobot(robots, subject);
    if (namesake && isPipeline(namesake)) throw new GantryError('forbidden', `The policy knows no ${subject}.`);
    return subject;
  };
}

const noAudience =
  'Tokens of pipelines count where GANTRY_PUBLIC_URL says whom they have to be meant for: it is not set.';
