import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { freePorts } from '../../src/temporal/dev-server/free-ports.ts';
import { editScript } from './edit-script.ts';
import { ownBuild } from './processes.ts';
import { keepRunning, releasectlFor, server } from './small-service.ts';

const run = promisify(execFile);

/** A repository as `gantry init` begins it, its scripts filled in, and the service that is deployed from it. */
export interface PipelineRepository {
  readonly service: string;
  readonly folder: string;
  readonly policy: InitialPolicy;
  /** Commits these files (path to content) and tags that. */
  release(tag: string, files?: Readonly<Record<string, string>>): Promise<void>;
  /** Builds a release and installs it by hand, as it was before there was Gantry. */
  installByHand(tag: string): Promise<{ readonly uri: string; readonly digest: string }>;
  /** Of the artifact that was built for a tag. */
  digestOf(tag: string): Promise<string>;
  /** What the service answers its users. */
  served(): Promise<string>;
  stop(): void;
}

interface InitialPolicy {
  readonly people: readonly unknown[];
  readonly robots: readonly { readonly subject: string }[];
  readonly environments: Readonly<Record<string, { readonly monitoring: object }>>;
}

/** A release has a file with each stage that fails. */
export const failingStage = (stage: string) => ({ 'src/fails': `${stage}\n` });
/** It ends as soon as it is started. */
export const badRelease = { 'src/server.mjs': 'This is no program.\n' };

/** The same files make the same bytes, so that a job that is repeated asks for the same artifact. */
const build = `rm -rf build && cp -r src build && printf %s "$release" >build/release && echo SERVICE >build/service && touch -t 202601010000 build/*
tar -cf - -C build release server.mjs service | gzip -n >"artifacts/$release.tar.gz"
echo "ARTIFACT=artifacts/$release.tar.gz"
echo "URI=file:$(realpath artifacts)/$release.tar.gz"`;

const stages = `tests() {
  if grep -qs "$stage" src/fails; then result='<failure message="it fails"/>'; else result=; fi
  echo "<testsuite name='$stage'><testcase name='works'>$result</testcase></testsuite>" >"reports/$stage.xml"
  [ -z "$result" ]
}
integration() { tests; }
context() { tests; }
system() { tests; }
learning() { tests; }
production() { tests; }`;

export async function startPipelineRepository(
  under: string,
  service: string,
  ci: 'github' | 'gitlab' | 'shell',
): Promise<PipelineRepository> {
  const folder = join(under, service);
  const [home, artifacts, sources] = [join(under, `${service}-home`), join(folder, 'artifacts'), join(folder, 'src')];
  for (const one of [home, artifacts, sources]) await mkdir(one, { recursive: true });
  const [port = 0] = await freePorts('127.0.0.1', 1);
  const url = `http://127.0.0.1:${port}/`;
  await run(process.execPath, [ownBuild, 'init', service, '--ci', ci, '--url', url, '--yes'], { cwd: folder });
  const procedure = join(folder, 'deploy/procedures', service);
  await editScript(
    join(procedure, 'releasectl'),
    // A release that cannot be started is not let near its users.
    releasectlFor(home).replace('restart_service() {', 'restart_service() { node --check "$home/current/server.mjs";'),
  );
  await editScript(join(folder, 'deploy/build'), build.replaceAll('artifacts', artifacts).replace('SERVICE', service));
  await editScript(join(folder, 'deploy/stage'), stages);
  // Nobody waits for ten seconds in a test.
  await edit(join(folder, 'deploy/policy.yaml'), 'minimum: 10s', 'minimum: 1s');
  await edit(join(procedure, 'procedure.yaml'), 'minimum: 10s', 'minimum: 1s');
  await edit(join(procedure, 'procedure.yaml'), 'failureLimit: 50', 'failureLimit: 20');
  await edit(join(folder, 'gantry.yaml'), /$/, 'parameters: { hold: 1s, monitoring: 4s }\n');
  await writeFile(join(folder, '.gitignore'), 'artifacts/\nbuild/\nreports/\n.gitlab-ci-local/\n');
  await writeFile(join(sources, 'server.mjs'), server);

  const git = (...words: string[]) =>
    run('git', ['-c', 'user.name=Alice Roe', '-c', 'user.email=alice@shop.example', ...words], { cwd: folder });
  await git('init', '--quiet', '--initial-branch', 'main');
  const supervised = keepRunning(home, port);
  const artifactOf = (tag: string) => join(artifacts, `${tag}.tar.gz`);
  const digestOf = async (tag: string) => {
    const hash = createHash('sha256').update(await readFile(artifactOf(tag)));
    return `sha256:${hash.digest('hex')}`;
  };
  return {
    service,
    folder,
    policy: parse(await readFile(join(folder, 'deploy/policy.yaml'), 'utf8')) as InitialPolicy,
    async release(tag, files = {}) {
      for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content);
      await git('add', '--all');
      await git('commit', '--quiet', '--allow-empty', '--message', tag);
      await git('tag', tag);
    },
    async installByHand(tag) {
      await run('deploy/build', [tag], { cwd: folder });
      const digest = await digestOf(tag);
      const uri = `file:${artifactOf(tag)}`;
      await run('./releasectl', ['install', tag, uri, digest], { cwd: procedure });
      return { uri, digest };
    },
    digestOf,
    served: () =>
      fetch(url).then(
        (answer) => answer.text(),
        () => 'nothing',
      ),
    stop: supervised.stop,
  };
}

async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await readFile(file, 'utf8');
  const edited = text.replace(from, to);
  if (edited === text) throw new Error(`${file} has no ${from}`);
  await writeFile(file, edited);
}
