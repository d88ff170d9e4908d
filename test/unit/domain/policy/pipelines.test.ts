import { describe, expect, it } from 'vitest';
import { type Claims, issuerOf, pipelinesOf, robotOfRun, strangeRun } from '../../../../src/domain/policy/pipelines.ts';
import { type Robot, robotSchema } from '../../../../src/domain/policy/robots-schema.ts';
import { gitHubRun, gitLabRun } from '../../../support/ci-runs.ts';

const gitHub = 'https://token.actions.githubusercontent.com';
const robot = (claims: Robot['claims'], name = 'shop') =>
  robotSchema.parse({ subject: `oidc:${gitHub}|${name}`, name, may: ['request'], claims });
const isRobot = (claims: Robot['claims'], said: Claims) => robotOfRun([robot(claims)], said) !== null;

/** What an outsider, or somebody with a branch of their own, can have in a token of GitHub. */
const strangersOfGitHub: Readonly<Record<string, Claims>> = {
  'another repository': { repository: 'acme/other', sub: 'repo:acme/other:ref:refs/heads/main' },
  'a push in a fork': { repository: 'mallory/shop', repository_owner: 'mallory' },
  'another branch': { ref: 'refs/heads/feature' },
  'a tag of that name': { ref: 'refs/tags/main', ref_type: 'tag' },
  'a pull request, from a fork or not': { event_name: 'pull_request', ref: 'refs/pull/7/merge', base_ref: 'main' },
  'a pull request whose run has the ref of its base': { event_name: 'pull_request_target', head_ref: 'patch-1' },
  'a review of a pull request': { event_name: 'pull_request_review' },
  'a comment': { event_name: 'issue_comment' },
  'a run that follows the run of a pull request': { event_name: 'workflow_run' },
  'an event that nobody knows yet': { event_name: 'something_new' },
  'no word of what started it': { event_name: undefined },
};

describe('a run of GitHub Actions', () => {
  const claims = { repository: 'acme/shop', ref: 'refs/heads/main' };

  it.each(['push', 'workflow_dispatch', 'schedule', 'release'])(
    'is the robot whose claims it has (%s)',
    (event_name) => {
      expect(isRobot(claims, { ...gitHubRun, event_name })).toBe(true);
    },
  );

  it.each(Object.entries(strangersOfGitHub))('is no robot: %s', (_which, difference) => {
    expect(isRobot(claims, { ...gitHubRun, ...difference })).toBe(false);
  });

  it('of a pull request is no robot either where only repository and environment are named', () => {
    const wide = { repository: 'acme/shop', environment: 'production' };
    const inEnvironment = { ...gitHubRun, environment: 'production', sub: 'repo:acme/shop:environment:production' };
    expect(isRobot(wide, inEnvironment)).toBe(true);
    for (const event_name of ['pull_request', 'pull_request_target'])
      expect(isRobot(wide, { ...inEnvironment, event_name })).toBe(false);
    expect(isRobot(wide, { ...inEnvironment, environment: 'staging' })).toBe(false);
    expect(isRobot(wide, gitHubRun)).toBe(false);
  });

  it('of a pull request is the robot that names it, and no other run is', () => {
    const named = { repository: 'acme/shop', event_name: 'pull_request' };
    expect(isRobot(named, { ...gitHubRun, event_name: 'pull_request' })).toBe(true);
    for (const event_name of ['push', 'pull_request_target'])
      expect(isRobot(named, { ...gitHubRun, event_name })).toBe(false);
  });
});

const strangersOfGitLab: Readonly<Record<string, Claims>> = {
  'another project': { project_path: 'acme/other' },
  'a fork': { project_path: 'mallory/shop', project_id: '99' },
  'another branch': { ref: 'feature' },
  'a tag of that name': { ref_type: 'tag' },
  // The source branch of a fork may be called main, too, and its pipeline may run in the project itself.
  'a merge request': { pipeline_source: 'merge_request_event' },
  'a pull request of another forge': { pipeline_source: 'external_pull_request_event' },
  'a child, which a merge request may have started': { pipeline_source: 'parent_pipeline' },
  'a pipeline of another project': { pipeline_source: 'pipeline' },
  'no word of what started it': { pipeline_source: undefined },
};

describe('a run of GitLab CI', () => {
  const claims = { project_path: 'acme/shop', ref: 'main', ref_type: 'branch', ref_protected: true };

  it('is the robot whose claims it has, numbers and truth values in any form', () => {
    expect(isRobot(claims, gitLabRun)).toBe(true);
    expect(isRobot({ ...claims, project_id: 20, runner_id: '1' }, gitLabRun)).toBe(true);
    expect(isRobot({ ...claims, project_id: 21 }, gitLabRun)).toBe(false);
  });

  it.each(Object.entries(strangersOfGitLab))('is no robot: %s', (_which, difference) => {
    expect(isRobot(claims, { ...gitLabRun, ...difference })).toBe(false);
  });
});

describe('claims of a run', () => {
  it('are single values, to the letter, of the token itself', () => {
    const claims = { repository: 'acme/shop' };
    for (const repository of ['Acme/shop', 'acme/shop ', ['acme/shop'], { 0: 'acme/shop' }, null])
      expect(isRobot(claims, { ...gitHubRun, repository })).toBe(false);
    expect(isRobot({ repository: 'acme/shop', toString: 'x' }, gitHubRun)).toBe(false);
  });

  it('lead to the first robot that they are enough for, of this issuer alone', () => {
    const main = robot({ repository: 'acme/shop', ref: 'refs/heads/main' }, 'main');
    const any = robot({ repository: 'acme/shop' }, 'any');
    expect(robotOfRun([main, any], gitHubRun)).toBe(main);
    expect(robotOfRun([main, any], { ...gitHubRun, ref: 'refs/heads/x' })).toBe(any);
    const plain = robotSchema.parse({ subject: `oidc:${gitHub}|plain`, name: 'plain', may: [] });
    expect(pipelinesOf([plain, main], gitHub)).toEqual([main]);
    expect(pipelinesOf([plain, main], `${gitHub}/`)).toEqual([]);
  });

  it('are told to whoever they are of, and what started the run where that is why', () => {
    expect(strangeRun({ ...gitHubRun, ref: 'refs/heads/x' })).toBe(
      'The policy knows no robot with the claims of this run: repository "acme/shop", ref "refs/heads/x", event_name "push".',
    );
    expect(strangeRun({ ...gitHubRun, event_name: 'pull_request' })).toMatch(
      /What started it \("pull_request"\) may be/,
    );
    expect(strangeRun({ ref: 'a\nb' })).toMatch(/this run: ref "a\\nb"\. What started it \("unknown"\)/);
  });
});

describe('a robot in a policy', () => {
  const faults = (more: object) =>
    robotSchema
      .safeParse({ subject: `oidc:${gitHub}|shop`, name: 'shop', may: [], ...more })
      .error?.issues.map(({ path, message }) => `${path.join('/')}: ${message}`) ?? [];

  it.each([
    {},
    { ref: 'refs/heads/main' },
    { environment: 'production', ref: 'main' },
    { job_workflow_ref: 'acme/x@y' },
  ])('names whose runs are meant: %j could be anybody', (claims) => {
    expect(faults({ claims })).toEqual([expect.stringMatching(/^claims: anybody's run could have these: name one of/)]);
  });

  it.each([
    'key:shop',
    'oidc:shop',
    'oidc:http://ci.example|shop',
    'oidc:ftp://ci.example|shop',
    'oidc:https://ci.example|',
  ])('with claims is one of an issuer: not %s', (subject) => {
    expect(faults({ subject, claims: { repository: 'acme/shop' } })).toEqual([
      'subject: a robot with claims is written oidc:<issuer>|<name>, the issuer with https',
    ]);
  });

  it('has an issuer, whatever its name', () => {
    expect(faults({ claims: { project_id: 20 } })).toEqual([]);
    expect(faults({ subject: 'oidc:http://127.0.0.1:1|a', claims: { project_id: 20 } })).toEqual([]);
    expect(issuerOf('oidc:https://ci.example|a|b')).toBe('https://ci.example');
    expect(issuerOf('key:shop')).toBeNull();
  });
});
