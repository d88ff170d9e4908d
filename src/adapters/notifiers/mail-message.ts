import { createHash } from 'node:crypto';
import type { Notice } from '../../domain/kinds/notifier.ts';
import { letterOf } from './texts.ts';

/** A notice as one mail: the same at each attempt but for the boundary between its parts. */
export function mailOf(notice: Notice, { from, to }: { readonly from: string; readonly to: string }) {
  const { subject, links, ...letter } = letterOf(notice);
  const host = from.slice(from.lastIndexOf('@') + 1);
  // All mails about one deployment stand together.
  const thread = createHash('sha256').update(notice.deployment).digest('hex').slice(0, 32);
  const paragraphs = letter.paragraphs.filter(Boolean);
  return {
    from: { name: 'Gantry', address: from },
    to: { name: '', address: to },
    subject,
    date: new Date(notice.at),
    messageId: `<${notice.deliveryId}@${host}>`,
    references: `<${thread}@${host}>`,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    text: [...paragraphs, ...links.map(({ title, url }) => `${title}: ${url}`)].join('\n\n'),
    html: htmlOf(subject, paragraphs, links),
  };
}

function htmlOf(subject: string, paragraphs: readonly string[], links: Notice['links']): string {
  const anchors = links.map(({ title, url }) => `<a href="${escaped(url)}">${escaped(title)}</a>`);
  return [
    '<!doctype html>',
    '<html><head><meta charset="utf-8" /></head><body>',
    `<h3>${escaped(subject)}</h3>`,
    ...paragraphs.map((line) => `<p>${escaped(line)}</p>`),
    ...(anchors.length === 0 ? [] : [`<p>${anchors.join(' ')}</p>`]),
    '</body></html>',
  ].join('\n');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand between tags and in quoted attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
