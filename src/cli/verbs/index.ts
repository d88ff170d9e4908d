import type { Command } from 'commander';
import type { Surroundings } from '../terminal.ts';

/** A verb's description in the help, and what completes its command, which is loaded only where the verb is called. */
type ClientVerb = readonly [
  description: string,
  load: () => Promise<(command: Command, surroundings: Surroundings) => void>,
];

const message = async () => (await import('./messages.ts')).registerMessage;

/** The verbs that speak to the API alone, in the order of the help. Their exit codes: `../exit-codes.ts`. */
export const clientVerbs: Readonly<Record<string, ClientVerb>> = {
  init: [
    'writes a policy, a procedure and a pipeline for a service, to begin with',
    async () => (await import('./init.ts')).registerInit,
  ],
  login: [
    'logs in by the identity provider, or keeps a key from the input: where the API is, and who you are',
    async () => (await import('./login.ts')).registerLogin,
  ],
  logout: ['forgets a login', async () => (await import('./login.ts')).registerLogout],
  plan: [
    'previews a deployment: what would hold it, its steps and checks, every gate, what changed; fails (3) when a gate is blocked',
    async () => (await import('./plan.ts')).registerPlan,
  ],
  deploy: [
    'requests a deployment of what gantry.yaml and the options name',
    async () => (await import('./deploy.ts')).registerDeploy,
  ],
  watch: ['follows a deployment; Ctrl-C leaves it running', async () => (await import('./watch.ts')).registerWatch],
  status: [
    'shows where a deployment stands, whom it waits for, and what an abort would undo',
    async () => (await import('./reading.ts')).registerStatus,
  ],
  list: ['lists deployments, the newest first', async () => (await import('./reading.ts')).registerList],
  record: [
    'prints the record of a deployment: a draft while it runs, final after',
    async () => (await import('./reading.ts')).registerRecord,
  ],
  approve: ['approves the start of a deployment, or one of its gates', message],
  reject: ['rejects it: the deployment ends', message],
  withdraw: ['takes an approval of your own back', message],
  abort: ['stops a deployment and undoes what it has changed', message],
  rollback: [
    'goes back: aborts what runs, or requests what served before',
    async () => (await import('./rollback.ts')).registerRollback,
  ],
  pause: ['stops before the next step or phase', message],
  resume: ['goes on with what is paused', message],
  acknowledge: ['acknowledges readiness, the handoff or a page', message],
  complete: ['reports how a manual step came out', message],
  note: ['adds a note to the record', message],
  evidence: [
    'proof that stages of a pipeline passed: a stage run, its reports signed and sent',
    async () => (await import('./evidence.ts')).registerEvidence,
  ],
  target: [
    'targets: what each serves and who has it; adopt, resolve, review',
    async () => (await import('./target.ts')).registerTarget,
  ],
  freeze: ['stops changes for a time, and lifts that', async () => (await import('./freeze.ts')).registerFreeze],
  policy: ['the policy in force, in words', async () => (await import('./policy-show.ts')).registerPolicyShow],
  procedure: ['procedures of the server', async () => (await import('./procedure-show.ts')).registerProcedureShow],
  token: ['who you are to the API, and until when', async () => (await import('./token-show.ts')).registerTokenShow],
  key: [
    'the public keys that stand behind plans and messages',
    async () => (await import('./key-show.ts')).registerKeyShow,
  ],
  open: [
    'prints where a deployment can be seen, and opens it in the browser of whoever sits at the terminal',
    async () => (await import('./open.ts')).registerOpen,
  ],
  completion: [
    'prints a script by which bash, zsh or fish completes verbs, options and their choices',
    async () => (await import('./completion.ts')).registerCompletion,
  ],
};
