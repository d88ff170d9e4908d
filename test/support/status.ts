import type { Status } from '../../src/cli/render/status.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 30, 12, 0, seconds)).toISOString();

/** A deployment that executes its steps, requested at noon; a gate is waited for since a minute later. */
export const runningStatus: Status = {
  id: 'shop.production.7',
  workflowId: 'deployment/shop/production/7',
  number: 7,
  mode: 'deployment',
  service: 'shop',
  environment: 'production',
  release: '1.4.2',
  artifact: { uri: 'shop:1.4.2', digest: `sha256:${'ab'.repeat(32)}` },
  planDigest: `sha256:${'cd'.repeat(32)}`,
  requester: { subject: 'key:alice', name: 'Alice\u001b[2J Roe' },
  onBehalfOf: null,
  requestedAt: at(0),
  type: 'normal',
  label: null,
  phase: 'executing',
  outcome: null,
  cause: null,
  paused: false,
  waitingFor: [
    {
      kind: 'gate',
      since: at(60),
      until: at(3_660),
      then: 'rolls back',
      step: 'go',
      missing: [{ role: 'service-owner', minimum: 1 }],
      who: ['key:bob', 'key:olga'],
    },
  ],
  steps: [
    { id: 'start', title: 'Start', state: 'passed', startedAt: at(20), endedAt: at(22), attempts: 2 },
    { id: 'go', title: 'Go', state: 'running', startedAt: at(60), endedAt: null, attempts: 1 },
  ],
  approvals: [],
  health: [{ id: 'front-door', verdict: 'failed', at: at(80) }],
  review: null,
  ifAborted: [{ step: 'start', undo: 'DELETE http://127.0.0.1/slots/blue' }],
  can: ['abort', 'pause'],
  seq: 40,
  links: {},
};
