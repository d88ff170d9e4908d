import { z } from 'zod';
import { plainText } from '../../domain/base/markdown.ts';
import { means } from '../../domain/base/means.ts';
import type { Notifier } from '../../domain/kinds/notifier.ts';
import { letterOf } from './texts.ts';

const schema = z.strictObject({
  log: z.literal(true, 'write log: true').meta(means('One line each in the log of the worker')),
});

/** Stakeholders who read the log: one line each, with nothing in it that a terminal would obey. */
export function logNotifier(log: (line: string) => void): Notifier<z.infer<typeof schema>, undefined> {
  return {
    kind: 'log',
    schema,
    how: () => 'log',
    async deliver(notice) {
      const { subject, paragraphs, links } = letterOf(notice);
      // No link to acknowledge by: everybody who reads the log could use it.
      const addresses = links.flatMap(({ rel, url }) => (rel === 'deployment' ? [url] : []));
      const text = [...paragraphs, ...addresses].join(' ');
      log(plainText(`[${notice.event}] ${notice.deployment} to ${notice.stakeholder}: ${subject}. ${text}`));
      return { result: 'delivered', summary: 'written to the log' };
    },
  };
}
