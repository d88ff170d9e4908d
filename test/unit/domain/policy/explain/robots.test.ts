import { describe, expect, it } from 'vitest';
import { robotInWords, robotWarnings } from '../../../../../src/domain/policy/explain/robots.ts';
import { robotSchema } from '../../../../../src/domain/policy/robots-schema.ts';

const robot = (claims?: object, may: readonly string[] = ['submit-evidence']) =>
  robotSchema.parse({ subject: 'oidc:https://ci.example|shop', name: 'Pipeline', may, ...(claims && { claims }) });

describe('a robot in the explanation of a policy', () => {
  it('says which runs are the robot', () => {
    expect(robotInWords(robot({ project_path: 'acme/shop', ref_protected: true }))).toEqual([
      'robot Pipeline (oidc:https://ci.example|shop)',
      'may submit-evidence; by a token of its CI for runs with project_path acme/shop, ref_protected true',
    ]);
    expect(robotInWords(robot(undefined, []))[1]).toBe('may read');
  });

  it('warns where any branch is the robot, and of what its token gives away', () => {
    const anyBranch = 'Pipeline is a run of any branch or tag: its claims name neither ref nor environment';
    expect(robotWarnings(robot({ repository: 'acme/shop' }))).toEqual([anyBranch]);
    expect(robotWarnings(robot({ repository: 'acme/shop' }, ['request']))).toEqual([
      expect.stringMatching(/^Pipeline may request: whoever holds its token/),
      anyBranch,
    ]);
    for (const place of ['ref', 'environment', 'ref_protected'])
      expect(robotWarnings(robot({ repository: 'acme/shop', [place]: 'x' }))).toEqual([]);
    expect(robotWarnings(robot())).toEqual([]);
  });
});
