import { z } from 'zod';
import { means } from '../../domain/base/means.ts';
import type { Notice, Notifier } from '../../domain/kinds/notifier.ts';
import { hookSchema, placeOf } from './addresses.ts';
import { post } from './post.ts';
import { letterOf, short } from './texts.ts';

const schema = z.strictObject({
  teams: hookSchema.meta(means('An incoming webhook of Teams, or the secret that holds it', '${secret:duty-hook}')),
});

/** All that a message may have, in bytes of its JSON: Teams takes 28 KB. */
const maxBytes = 24 * 1024;

/**
 * An Adaptive Card for an incoming webhook of a workflow. Free text stands in text runs, which unlike text blocks read
 * no Markdown.
 */
export function teamsMessage(notice: Notice) {
  for (const maxLength of [1_500, 500, 150]) {
    const message = card(notice, maxLength);
    if (Buffer.byteLength(JSON.stringify(message)) <= maxBytes) return message;
  }
  return card({ ...notice, lines: [] }, 150);
}

function card(notice: Notice, maxLength: number) {
  const { subject, lines, wanted, links } = letterOf(notice);
  const run = (text: string, how: object = {}) => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text: short(text, maxLength), ...how }],
  });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: [
            run(subject, { size: 'Medium', weight: 'Bolder' }),
            ...lines.filter(Boolean).map((line) => run(line)),
            ...(wanted === null ? [] : [run(wanted, { weight: 'Bolder' })]),
          ],
          actions: links.map(({ title, url }) => ({ type: 'Action.OpenUrl', title, url })),
        },
      },
    ],
  };
}

/** An incoming webhook of Microsoft Teams. */
export const teamsNotifier: Notifier<z.infer<typeof schema>, undefined> = {
  kind: 'teams',
  schema,
  how: ({ teams }) => `teams, ${placeOf(teams)}`,
  async deliver(notice, { teams }, context) {
    const body = JSON.stringify(teamsMessage(notice));
    return post({ address: teams, body, statusIn }, context);
  },
};

/** Its older connectors answer 200 to everything, with the outcome in words. */
function statusIn(answer: string): number | null {
  const status = /delivery failed[^]*?HTTP error (\d{3})/i.exec(answer)?.[1];
  return status === undefined ? null : Number(status);
}
