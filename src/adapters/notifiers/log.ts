import { plainText } from '../../domain/markdown.ts';
import type { Delivery, NotifyInput } from '../../domain/ports/notification.ts';

/** Tells stakeholders who read the log: one line each, with nothing in it that a terminal would obey. */
export function createLogNotifier(log: (line: string) => void): (input: NotifyInput) => Promise<readonly Delivery[]> {
  return async ({ stakeholders, deployment, event, subject, text }) =>
    stakeholders.map(({ name }) => {
      log(plainText(`[${event}] ${deployment} to ${name}: ${subject}. ${text}`).replace(/\s+/g, ' '));
      return { stakeholder: name, how: 'log', delivered: true, summary: 'written to the log' };
    });
}
