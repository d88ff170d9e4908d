import { z } from 'zod';
import { plainText } from '../../domain/base/markdown.ts';
import type { Notifier } from '../../domain/kinds/notifier.ts';
import { letterOf } from './texts.ts';

const schema = z.strictObject({ log: z.literal(true, 'write log: true') });

/** Stakeholders who read the log: one line each, with nothing in it that a terminal would obey. */
export function logNotifier(log: (line: string) => void): Notifier<z.infer<typeof schema>, undefined> {
  return {
    kind: 'log',
    schema,
    how: () => 'log',
    async deliver(notice) {
      const { subject, lines, wanted, links } = letterOf(notice);
      // Whoever reads a log acknowledges by their own name: a link in it would do so for anybody.
      const told = [
        ...lines,
        ...(wanted === null ? [] : [wanted]),
        ...links.flatMap(({ rel, url }) => (rel === 'deployment' ? [url] : [])),
      ];
      log(plainText(`[${notice.event}] ${notice.deployment} to ${notice.stakeholder}: ${subject}. ${told.join(' ')}`));
      return { result: 'delivered', summary: 'written to the log' };
    },
  };
}
