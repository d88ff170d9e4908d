import { artifactOf } from '../support/change.ts';
import type { PlannedDeployment, StepName } from './plan.ts';

type Document = Record<string, unknown>;

/** How long an action, or a compensation, is waited for, in milliseconds. */
export const actionTimeoutMs = 1_500;
const timeout = `${actionTimeoutMs}ms`;
const soon = { within: '4s', interval: '200ms', timeout: '1s' };

/** The body of a request for one planned deployment: its steps by HTTP, so that the target hears the fence. */
export function requestOf(service: string, url: string, planned: PlannedDeployment): Document {
  return {
    service,
    environment: 'production',
    release: planned.release,
    artifact: artifactOf(planned.release),
    procedure: {
      gantry: 1,
      procedure: 'faults-blue-green',
      description: 'Migrate, start the idle slot, move traffic, watch.',
      slots: { blue: { url: `${url}/slots/blue` }, green: { url: `${url}/slots/green` } },
      steps: planned.steps.map((name) => stepOf(name, url, planned)),
      health: [{ id: 'front-door', availability: `${url}/`, rate: 10, failureLimit: 5, timeout: '1s' }],
      validation: {
        smoke: [{ id: 'home', http: `${url}/`, ...soon }],
        performance: { none: 'no metrics here' },
        integrations: { none: 'calls nobody' },
        features: { none: 'nothing to try' },
      },
      rollback: {
        verify: [
          { id: 'previous', http: `${url}/version`, json: { '/release': '${live.release}' }, ...soon },
          { id: 'nothing-left', http: `${url}/leftovers/\${release}`, json: { '/left': false }, ...soon },
        ],
      },
      monitoring: { period: '1s' },
    },
    change: { summary: 'A test', reason: 'To see what faults do', type: 'normal' },
  };
}

function stepOf(name: StepName, url: string, { retries }: PlannedDeployment): Document {
  const again = (idempotent: boolean) =>
    retries ? { retry: { attempts: 2, backoff: '200ms', ...(idempotent ? { idempotent } : {}) } } : {};
  switch (name) {
    case 'migrate':
      return {
        id: name,
        title: 'Migrate the data',
        do: { http: `${url}/migrations`, body: { release: '${release}' }, timeout },
        undo: { http: `${url}/migrations/\${release}`, method: 'DELETE', timeout },
        done: { http: `${url}/migrations/\${release}`, json: { '/applied': true }, timeout: '1s' },
        verify: [{ id: 'migrated', http: `${url}/migrations/\${release}`, json: { '/applied': true }, ...soon }],
        // Twice would be one time too many.
        ...again(false),
      };
    case 'start-idle':
      return {
        id: name,
        title: 'Start the idle slot',
        do: {
          http: '${slot.idle.url}',
          method: 'PUT',
          body: { release: '${release}', digest: '${artifact.digest}' },
          timeout,
        },
        undo: { http: '${slot.idle.url}', method: 'DELETE', timeout },
        done: {
          http: '${slot.idle.url}',
          json: { '/running': true, '/release': '${release}', '/digest': '${artifact.digest}' },
          timeout: '1s',
        },
        verify: [{ id: 'idle-healthy', http: '${slot.idle.url}/health', ...soon }],
        ...again(true),
      };
    case 'switch':
      return {
        id: name,
        title: 'Move traffic',
        do: { http: `${url}/route`, method: 'PUT', body: { slot: '${slot.idle.name}' }, timeout },
        undo: { http: `${url}/route`, method: 'PUT', body: { slot: '${slot.live.name}' }, timeout },
        done: { http: `${url}/route`, json: { '/slot': '${slot.idle.name}' }, timeout: '1s' },
        verify: [
          {
            id: 'front',
            http: `${url}/version`,
            json: { '/release': '${release}', '/digest': '${artifact.digest}' },
            ...soon,
          },
        ],
        ...again(true),
      };
    case 'watch':
      return { id: name, title: 'Watch', hold: '1s' };
    case 'go':
      return { id: name, title: 'Owner says go', gate: { role: 'service-owner', minimum: 1, within: '20s' } };
  }
}
