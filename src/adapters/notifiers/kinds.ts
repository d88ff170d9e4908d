import type { Notifier } from '../../domain/kinds/notifier.ts';
import { cloudeventsNotifier } from './cloudevents.ts';
import { emailNotifier } from './email.ts';
import { logNotifier } from './log.ts';
import { slackNotifier } from './slack.ts';
import { teamsNotifier } from './teams.ts';
import { webhookNotifier } from './webhook.ts';

/** Every kind of notifier, one line each; `log` takes one line for people. */
export const notifierKinds = (log: (line: string) => void) =>
  [
    logNotifier(log),
    emailNotifier,
    slackNotifier,
    teamsNotifier,
    webhookNotifier,
    cloudeventsNotifier,
  ] as unknown as readonly Notifier[];
