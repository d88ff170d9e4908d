import { fileURLToPath } from 'node:url';
import type { World } from './world.ts';

const ctl = fileURLToPath(new URL('ctl.mjs', import.meta.url));
export const digestOfRelease = (release: string) =>
  `sha256:${Buffer.from(release).toString('hex').padEnd(64, '0').slice(0, 64)}`;
export const artifactOf = (release: string) => ({ uri: `shop:${release}`, digest: digestOfRelease(release) });

type Document = Record<string, unknown>;

/** The steps that tests start from: a command, a switch by HTTP, a short hold. */
export const steps = {
  start: (world: World): Document => ({
    id: 'start-idle',
    title: 'Start the idle slot',
    do: {
      command: [process.execPath, ctl, 'start', '${slot.idle.name}', '${release}', '${artifact.digest}'],
      env: { WORLD: world.url },
      timeout: '20s',
    },
    undo: { command: [process.execPath, ctl, 'stop', '${slot.idle.name}'], env: { WORLD: world.url } },
    done: {
      http: `${world.url}/slots/\${slot.idle.name}`,
      json: { '/running': true, '/release': '${release}', '/digest': '${artifact.digest}' },
    },
    verify: [
      { id: 'idle-healthy', http: `${world.url}/slots/\${slot.idle.name}/health`, within: '2s', interval: '100ms' },
    ],
  }),
  /** The same by HTTP: quicker, and the world can bend it. */
  startByHttp: (world: World): Document => ({
    ...steps.start(world),
    do: {
      http: `${world.url}/slots/\${slot.idle.name}`,
      method: 'PUT',
      body: { release: '${release}', digest: '${artifact.digest}' },
      timeout: '10s',
    },
    undo: { http: `${world.url}/slots/\${slot.idle.name}`, method: 'DELETE' },
  }),
  switch: (world: World): Document => ({
    id: 'switch',
    title: 'Move traffic',
    do: { http: `${world.url}/route`, method: 'PUT', body: { slot: '${slot.idle.name}' }, timeout: '10s' },
    undo: { http: `${world.url}/route`, method: 'PUT', body: { slot: '${slot.live.name}' } },
    done: { http: `${world.url}/route`, json: { '/slot': '${slot.idle.name}' } },
    verify: [
      {
        id: 'front',
        http: `${world.url}/version`,
        json: { '/release': '${release}', '/digest': '${artifact.digest}' },
        within: '1s',
        interval: '100ms',
      },
    ],
  }),
  /** A command that goes on until it is ended, once it has told the world of itself. */
  hangingCommand: (world: World): Document => ({
    id: 'hang',
    title: 'Hang',
    do: { command: [process.execPath, ctl, 'hang'], env: { WORLD: world.url }, timeout: '1m' },
    undo: { http: `${world.url}/unhang` },
    verify: { none: 'it hangs' },
  }),
  /** The same as a request. */
  hangingRequest: (world: World): Document => ({
    ...steps.hangingCommand(world),
    do: { http: `${world.url}/hang`, timeout: '1m' },
  }),
  hold: (duration: string, id = 'watch'): Document => ({ id, title: 'Watch', hold: duration }),
  gate: (within = '1m'): Document => ({
    id: 'go',
    title: 'Owner says go',
    gate: { role: 'service-owner', minimum: 1, within },
  }),
  manual: (within = '1m', undo: Document = { undo: { none: 'a call is only a call' } }): Document => ({
    id: 'call',
    title: 'Phone the bank',
    manual: { instructions: 'Phone the desk', role: 'support', within },
    ...undo,
  }),
};

export interface ChangeOptions {
  /** `Idempotency-Key`; a new one when absent. */
  readonly key?: string;
  readonly release?: string;
  readonly service?: string;
  readonly environment?: string;
  readonly mode?: 'deployment' | 'rehearsal';
  readonly steps?: readonly Document[];
  readonly procedure?: Document;
  readonly change?: Document;
}

/** The body of a request for a deployment with an inline procedure. */
export function changeOf(world: World, options: ChangeOptions = {}): Document {
  const { release = '1.4.2', service = 'shop', environment = 'production' } = options;
  return {
    service,
    environment,
    release,
    artifact: artifactOf(release),
    ...(options.mode === undefined ? {} : { mode: options.mode }),
    procedure: {
      gantry: 1,
      procedure: 'test-blue-green',
      description: 'Start the idle slot, move traffic, watch.',
      slots: { blue: { url: `${world.url}/slots/blue` }, green: { url: `${world.url}/slots/green` } },
      steps: options.steps ?? [steps.startByHttp(world), steps.switch(world)],
      health: [{ id: 'front-door', availability: `${world.url}/`, rate: 10, failureLimit: 3, timeout: '1s' }],
      validation: {
        smoke: [{ id: 'home', http: `${world.url}/` }],
        performance: { none: 'no metrics here' },
        integrations: { none: 'calls nobody' },
        features: { none: 'nothing to try' },
      },
      rollback: {
        // Every action of the tests that comes late does so within this time.
        settle: '1s',
        verify: [
          {
            id: 'previous',
            http: `${world.url}/version`,
            json: { '/release': '${live.release}' },
            within: '2s',
            interval: '100ms',
          },
        ],
      },
      monitoring: { period: '1s' },
      ...options.procedure,
    },
    change: { summary: 'A test', reason: 'To see', type: 'normal', ...options.change },
  };
}
