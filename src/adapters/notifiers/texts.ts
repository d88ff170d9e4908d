import { plainText } from '../../domain/base/markdown.ts';
import type { Notice } from '../../domain/kinds/notifier.ts';

const maxSubjectLength = 200;
const maxLineLength = 1_500;
/** So many lines are shown; no event has as many. */
const maxLines = 12;

/**
 * A notice as people read it: plain lines, nothing in them that a terminal or a header would obey, cut to what every kind can
 * carry. `wanted`: what is asked of people; null: nothing. `paragraphs`: the lines, and behind them what is wanted.
 */
export function letterOf(notice: Notice) {
  const lines = notice.lines.slice(0, maxLines).map((line) => short(line, maxLineLength));
  const wanted = notice.wanted && short(wantedLine(notice.wanted), maxLineLength);
  const paragraphs = wanted === null ? lines : [...lines, wanted];
  return { subject: short(notice.subject, maxSubjectLength), lines, wanted, paragraphs, links: notice.links };
}

function wantedLine({ who, what, until }: NonNullable<Notice['wanted']>): string {
  return `Wanted of ${who}: ${what}${until === null ? '' : `, until ${until}`}.`;
}

/** One plain line of at most so many characters, never half of one. */
export function short(text: string, maxLength: number): string {
  const plain = plainText(text);
  return plain.length <= maxLength ? plain : `${plain.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** A notice as data, for programs: the same for every kind that sends some. */
export function dataOf(notice: Notice) {
  const { id, event, deployment, service, environment, release, facts } = notice;
  const { subject, paragraphs, links } = letterOf(notice);
  return {
    id,
    event,
    deployment,
    service,
    environment,
    release,
    subject,
    text: paragraphs.join('\n'),
    wanted: notice.wanted && {
      who: short(notice.wanted.who, maxLineLength),
      what: short(notice.wanted.what, maxLineLength),
      until: notice.wanted.until,
    },
    status: facts && { phase: facts.phase, outcome: facts.outcome },
    planDigest: facts?.planDigest ?? null,
    artifact: facts?.artifact ?? null,
    previous: facts?.previous ?? null,
    links: Object.fromEntries(links.map(({ rel, url }) => [rel, url])),
  };
}
