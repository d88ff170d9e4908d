import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stages } from '../src/domain/base/stages.ts';
import { ensureMessageKeys } from '../src/main/keys/message-key.ts';
import { type Installation, startInstallation } from '../test/support/installation.ts';
import { refusing, rules, testPolicy } from '../test/support/policy.ts';
import type { GantryProcess } from '../test/support/processes.ts';
import { signingKey } from '../test/support/signing.ts';
import { workflowIdOf } from '../test/support/workflow-id.ts';

/** What is measured: an API, a worker, PostgreSQL and Temporal in processes of their own, as an installation has them. */
export interface Measured extends Installation {
  readonly worker: () => GantryProcess;
  readonly stopWorker: () => Promise<void>;
  /** Resolves once the new one takes tasks. */
  readonly beginWorker: () => Promise<void>;
  /** Sends a Temporal signal, past the API. */
  signal(id: string, name: string, argument: unknown): Promise<void>;
}

export { workflowIdOf };

/** Against each of them a signature is held that names none. */
const signers = Array.from({ length: 20 }, (_, i) => ({
  name: `ci-${i}`,
  publicKey: signingKey(i % 2 === 0 ? 'ed25519' : 'ecdsa-p256').pem,
  stages: [...stages],
}));
const signed = { ...rules, evidence: { ...rules.evidence, signers } };

/** As installations run: messages, plans and runs that the API vouches for. */
export const measuredPolicy = { ...testPolicy, environments: { production: refusing, bare: rules, signed } };

export async function startMeasured(): Promise<Measured> {
  const secrets = await mkdtemp(join(tmpdir(), 'gantry-bench-'));
  await ensureMessageKeys(secrets);
  // How quick the disk is on which somebody keeps Temporal's data is no part of what is measured.
  const there = await startInstallation({
    policy: measuredPolicy,
    env: async () => ({ GANTRY_SECRETS: secrets }),
    isForgetful: true,
  });
  let worker = await there.startWorker();
  return {
    ...there,
    worker: () => worker,
    async stopWorker() {
      await worker.kill('SIGTERM');
    },
    async beginWorker() {
      worker = await there.startWorker();
    },
    signal: (id, name, argument) => there.client.workflow.getHandle(workflowIdOf(id)).signal(name, argument),
    async stop() {
      await there.stop();
      await rm(secrets, { recursive: true, force: true });
    },
  };
}
