import { randomUUID } from 'node:crypto';
import { openSecrets } from '../../adapters/index.ts';
import type { Config } from '../../config/config.ts';
import type { Delivery, Notification } from '../../domain/kinds/notification.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { notifyOf } from '../assemble.ts';
import { type Findings, fault, ok } from './finding.ts';

/** Whether stakeholders can be reached: tried with a message that says it is a test, where `isTried`. */
export async function notifierFindings(
  config: Pick<Config, 'secrets' | 'publicUrl'>,
  policy: Policy,
  isTried: boolean,
  log: (line: string) => void,
): Promise<Findings> {
  const environments = Object.entries(policy.environments);
  if (!isTried) {
    const names = new Set(environments.flatMap(([, { stakeholders }]) => stakeholders.map(({ name }) => name)));
    return [ok('notifiers', `${[...names].join(', ')}: not tried. --notify sends each a test message.`)];
  }
  const notify = notifyOf({
    policy: { read: () => Promise.resolve({ policy }) },
    newSecrets: openSecrets(config.secrets),
    publicUrl: () => config.publicUrl,
    pageKey: null,
    log,
  });
  const findings = await Promise.all(
    environments.map(async ([environment, { stakeholders }]) =>
      judgeDeliveries(environment, await notify({ notification: testMessage(environment), to: stakeholders })),
    ),
  );
  return findings.flat();
}

function testMessage(environment: string): Notification {
  return {
    id: `doctor-${randomUUID()}`,
    event: 'requested',
    at: new Date().toISOString(),
    deployment: `gantry/${environment}`,
    service: null,
    environment,
    release: null,
    subject: `A test of Gantry for ${environment}`,
    lines: ['gantry doctor was asked whether this way reaches you. Nothing is deployed, and nothing is wanted of you.'],
    wanted: null,
    facts: null,
  };
}

/** What became of the test messages of an environment. */
export function judgeDeliveries(environment: string, deliveries: readonly Delivery[]): Findings {
  const missed = deliveries.filter(({ delivered }) => !delivered);
  if (missed.length === 0)
    return [ok('notifiers', `${environment}: all ${deliveries.length} ways have taken a test message.`)];
  return missed.map(({ stakeholder, channel, how, summary }) =>
    fault(
      'notifiers',
      `${environment}: ${stakeholder} is not reached by ${channel} (${how}): ${summary}`,
      'mend the address in the policy, its secret in GANTRY_SECRETS, or the other side (docs/notifications.md)',
    ),
  );
}
