import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Answers, answersFor } from '../../../../src/cli/init/answers.ts';
import { ciNames, templateNames } from '../../../../src/cli/init/layout.ts';
import { nextSteps } from '../../../../src/cli/init/next-steps.ts';
import { writeFiles } from '../../../../src/cli/init/write.ts';
import { readProject } from '../../../../src/cli/request/project-file.ts';
import { readConfig } from '../../../../src/config/config.ts';
import { stages } from '../../../../src/domain/base/stages.ts';
import { robotWarnings } from '../../../../src/domain/policy/explain/robots.ts';
import { pipelinesOf, robotOfRun } from '../../../../src/domain/policy/pipelines.ts';
import { checkProcedure } from '../../../../src/files/check-procedure.ts';
import { checkPolicy } from '../../../../src/files/policy.ts';
import { gitHubRelease, gitLabRelease } from '../../../support/ci-runs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-init-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const usual: Answers = {
  service: 'hello',
  environment: 'production',
  template: 'command',
  ci: 'shell',
  url: 'http://127.0.0.1:8090/',
  requester: 'alice',
  approver: 'bob',
};
/** Names that YAML would read as something else where they are not in quotes. */
const odd: Partial<Answers> = { service: '1e3', environment: 'null', requester: 'true', approver: '007' };
const at = (path: string) => join(folder, path);
const check = ({ service }: Answers) =>
  checkProcedure({
    folder: at(`deploy/procedures/${service}`),
    policy: at('deploy/policy.yaml'),
    environment: null,
    service,
    path: '/usr/bin:/bin',
    now: 0,
  });

describe('the files that gantry init writes', () => {
  it.each(templateNames.flatMap((template) => [{ template }, { template, ...odd }]))(
    'are a policy and a procedure without a fault: %j',
    async (chosen) => {
      const answers = { ...usual, ...chosen };
      await writeFiles(folder, answers);
      const policy = await checkPolicy(at('deploy/policy.yaml'));
      expect(policy.faults).toEqual([]);
      expect(policy.loaded?.policy.people.map(({ subject }) => subject)).toEqual([
        `key:${answers.requester}`,
        `key:${answers.approver}`,
      ]);
      const { faults, notes, plans } = await check(answers);
      expect(faults).toEqual([]);
      expect(notes).toEqual([]);
      expect(plans.map(({ environment, plan }) => [environment, plan.procedure.name])).toEqual([
        [answers.environment, answers.service],
      ]);
      expect(await readProject(at('gantry.yaml'))).toEqual({
        service: answers.service,
        environment: answers.environment,
        procedure: answers.service,
      });
    },
  );

  it.each(templateNames.flatMap((template) => ciNames.map((ci) => ({ template, ci }))))(
    'have every place filled in, and scripts that a shell reads: %j',
    async (chosen) => {
      for (const path of await writeFiles(folder, { ...usual, ...chosen })) {
        const text = await readFile(at(path), 'utf8');
        expect(text).not.toMatch(/\{\{\w+\}\}/);
        const { mode } = await stat(at(path));
        const isScript = text.startsWith('#!');
        expect((mode & 0o111) !== 0).toBe(isScript);
        if (isScript || path.endsWith('.sh')) await promisify(execFile)('bash', ['-n', at(path)]);
      }
    },
  );

  it.each([
    ['shell', 'deploy/pipeline.sh'],
    ['github', '.github/workflows/release.yml'],
    ['gitlab', '.gitlab-ci.yml'],
  ] as const)('prove each stage in a line of its own and deploy in one, for %s', async (ci, path) => {
    await writeFiles(folder, { ...usual, template: 'kubectl', ci });
    const lines = (await readFile(at(path), 'utf8')).split('\n');
    const commands = lines.flatMap((line) => /^ *(?:- )?(?:run: )?(gantry \w+.*)$/.exec(line)?.[1] ?? []);
    expect(commands.slice(0, -1)).toEqual(
      stages.map(
        (stage) =>
          `gantry evidence run --stage ${stage} --image "$ARTIFACT" --junit reports/${stage}.xml -- deploy/stage ${stage}`,
      ),
    );
    expect(commands.at(-1)).toMatch(/^gantry deploy .*--image "\$ARTIFACT" --uri "\$URI"/);
    expect(lines.join('\n')).toContain('--watch --until ended');
  });

  it('let a run of GitHub or GitLab ask for a token that says who it is', async () => {
    await writeFiles(folder, { ...usual, ci: 'github' });
    expect(parse(await readFile(at('.github/workflows/release.yml'), 'utf8'))).toMatchObject({
      permissions: { contents: 'read', 'id-token': 'write' },
      jobs: { release: { environment: 'production', env: { REQUESTER: 'key:alice' } } },
    });
    await rm(folder, { recursive: true });
    await writeFiles(folder, { ...usual, ci: 'gitlab' });
    expect(parse(await readFile(at('.gitlab-ci.yml'), 'utf8'))).toMatchObject({
      release: { id_tokens: { GANTRY_ID_TOKEN: { aud: '$GANTRY_API' } }, environment: 'production' },
    });
  });

  it.each([
    ['GitHub', 'https://token.actions.githubusercontent.com', gitHubRelease, 'OWNER/hello'],
    ['GitLab', 'https://gitlab.com', gitLabRelease, 'GROUP/hello'],
  ] as const)('offer a robot that a release of %s is without a key', async (_ci, issuer, release, repository) => {
    await writeFiles(folder, usual);
    const file = at('deploy/policy.yaml');
    const [kept = '', ...behind] = (await readFile(file, 'utf8')).split(/^ +- subject: "key:ci-hello"\n/m);
    const offered = behind.join().replace(new RegExp(`# (subject: "oidc:${issuer}.*\\n +)# (claims: .*)`), '$1$2');
    await writeFile(file, `${kept}  -\n${offered}`);
    const { faults, loaded } = await checkPolicy(file);
    expect(faults).toEqual([]);
    const robots = pipelinesOf(loaded?.policy.robots ?? [], issuer);
    const run = { tag: 'v1.0.0', run: '17', attempt: 1 };
    expect(robotOfRun(robots, release({ ...run, repository }))).toMatchObject({
      name: 'CI of hello',
      may: ['submit-evidence', 'request'],
    });
    expect(robotOfRun(robots, release({ ...run, repository: 'mallory/hello' }))).toBeNull();
    expect(robots.flatMap(robotWarnings)).toEqual([expect.stringContaining('may request')]);
  });

  it('overwrite none that is there, and then none is written', async () => {
    await writeFile(at('gantry.yaml'), 'mine');
    await expect(writeFiles(folder, usual)).rejects.toMatchObject({
      code: 'malformed',
      message: 'Nothing was written: gantry.yaml would have been overwritten.',
    });
    expect(await readFile(at('gantry.yaml'), 'utf8')).toBe('mine');
    await expect(stat(at('deploy'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('are not written a second time', async () => {
    const written = await writeFiles(folder, usual);
    await expect(writeFiles(folder, usual)).rejects.toMatchObject({
      message: `Nothing was written: ${written.join(', ')} would have been overwritten.`,
    });
  });
});

describe('what gantry init asks', () => {
  const nobody = null;

  it('is nothing where all is given', async () => {
    expect(await answersFor(usual, '/', false, nobody)).toEqual(usual);
  });

  it('proposes an address where gantry dev, on the same machine, does not listen', async () => {
    const { url } = await answersFor({}, '/home/alice/hello', true, null);
    expect(Number(new URL(url).port)).not.toBe(readConfig({}).listen.port);
  });

  it('is nothing where what is usual will do: the service is called as its folder is', async () => {
    expect(await answersFor({}, '/home/alice/Hello World_', true, nobody)).toEqual({
      ...usual,
      service: 'hello-world',
    });
  });

  it('is refused by name where nobody is there to be asked', async () => {
    await expect(answersFor({ service: 'hello', ci: 'none' }, '/', false, nobody)).rejects.toMatchObject({
      code: 'malformed',
      message:
        'Nobody is here to be asked: give --environment, --template, --url, --requester, --approver, or --yes for what is usual.',
    });
  });

  it('is what is absent, once each, with what is wrong with an answer', async () => {
    const asked: string[] = [];
    const answers = await answersFor(
      { service: 'hello', template: 'command', ci: 'none' },
      '/',
      false,
      async (question, usually, fault) => {
        asked.push(question.key);
        if (question.key !== 'approver') return usually;
        expect([fault('Bob'), fault('alice'), fault('carol')]).toEqual([
          'use 1 to 63 lower-case letters, digits and inner hyphens',
          'nobody approves what they requested: name two people',
          undefined,
        ]);
        return 'carol';
      },
    );
    expect(asked).toEqual(['environment', 'url', 'requester', 'approver']);
    expect(answers).toEqual({ ...usual, ci: 'none', approver: 'carol' });
  });

  it.each([
    ['service', 'Hello', 'SERVICE: use 1 to 63'],
    ['url', 'ftp://hello/', '--url: write an http or https URL'],
    ['url', 'http://hello/${secret:key}', '--url: write an http or https URL'],
    ['url', 'http://hello/"}', '--url: write an http or https URL'],
    ['requester', 'bob', '--approver: nobody approves what they requested'],
  ])('may not be answered so: %s %s', async (key, value, message) => {
    await expect(answersFor({ ...usual, [key]: value }, '/', false, nobody)).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringContaining(message) as unknown,
    });
  });
});

it.each(templateNames)('says what to type next after %s, with its files and people', (template) => {
  const lines = nextSteps({ ...usual, template }).join('\n');
  for (const part of ['policy check', 'procedure check', 'gantry dev', 'login ci', 'adopt hello/production', 'approve'])
    expect(lines).toContain(part);
});
