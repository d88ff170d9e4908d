import { join, type Markdown, md } from '../../base/markdown.ts';
import type { PageRow } from '../pages.ts';
import { counted, tableOf, time } from './words.ts';

/** The channels of each page, and who acknowledged it. Nothing where nobody was paged. */
export function renderPages(pages: readonly PageRow[]): readonly string[] {
  return tableOf(['Page', 'Notified', 'Acknowledged'], pages, ({ page, told, end }) => {
    return [page, join(told.map(way), '; '), acknowledged(end)];
  });
}

function way({ round, stakeholder, how, delivered, attempts, firstAt, lastAt }: PageRow['told'][number]): Markdown {
  const became = delivered ? md`delivered` : md`**undelivered**`;
  const last = lastAt === firstAt ? md`` : md`, last ${time(lastAt)}`;
  return md`round ${String(round)}: ${stakeholder} (${how}) ${became}, ${counted(attempts, 'attempt')}, first ${time(firstAt)}${last}`;
}

function acknowledged(end: PageRow['end']): Markdown {
  switch (end.kind) {
    case 'acknowledged': {
      const { who, via, identity, at } = end.by;
      return md`${who} ${time(at)}, by ${via} (${identity})`;
    }
    case 'nobody':
      return md`**nobody** until ${time(end.at)}`;
    case 'open':
      return md`**not yet**, waited for until ${time(end.until)}`;
  }
}
