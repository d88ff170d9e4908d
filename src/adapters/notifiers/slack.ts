import { z } from 'zod';
import { means } from '../../domain/base/means.ts';
import type { Notice, Notifier } from '../../domain/kinds/notifier.ts';
import { hookSchema, placeOf } from './addresses.ts';
import { post } from './post.ts';
import { letterOf, short } from './texts.ts';

const schema = z.strictObject({
  slack: hookSchema.meta(means('An incoming webhook of Slack, or the secret that holds it', '${secret:shop-hook}')),
});

/** What Slack takes in one block, in characters. */
const maxHeaderLength = 150;
const maxSectionLength = 3_000;

/** The message of an incoming webhook. Free text stands in `plain_text`, where Slack reads no mark-up and no mentions. */
export function slackMessage(notice: Notice) {
  const { subject, paragraphs, links } = letterOf(notice);
  const plain = (text: string, maxLength: number) => ({
    type: 'plain_text',
    text: short(text, maxLength),
    emoji: false,
  });
  return {
    // For lists and notifications, which read mark-up: `&`, `<` and `>` are all that makes it.
    text: escaped(subject),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: plain(subject || 'Gantry', maxHeaderLength) },
      ...paragraphs.filter(Boolean).map((line) => ({ type: 'section', text: plain(line, maxSectionLength) })),
      ...(links.length === 0 ? [] : [{ type: 'context', elements: [linksIn(links)] }]),
    ],
  };
}

function linksIn(links: Notice['links']) {
  const text = links.map(({ url, title }) => `<${escaped(url)}|${escaped(title)}>`).join(' · ');
  return { type: 'mrkdwn', text, verbatim: true };
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** An incoming webhook of Slack. */
export const slackNotifier: Notifier<z.infer<typeof schema>, undefined> = {
  kind: 'slack',
  schema,
  how: ({ slack }) => `slack, ${placeOf(slack)}`,
  deliver: (notice, { slack }, context) =>
    post({ address: slack, body: JSON.stringify(slackMessage(notice)) }, context),
};
