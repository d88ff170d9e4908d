import { type EntryType } from '../../../src/domain/journal/entries.ts';
import { entryLimitBytes } from '../../../src/domain/journal/fit-entry.ts';
import { Examples } from '../examples.ts';
import { entryExamples } from './entry-examples.ts';
import { typedPage, typedText } from './typed.ts';

/** Every type of entry, with what it says. */
export const journal = () => typedPage('src/domain/journal/entries.ts', 'Entries');

/** `journal.md`. */
export const journalPage = () =>
  typedText(
    'Journal',
    [
      'What happened to a deployment, as numbered entries: phase, status, record and notifications are computed from them and the plan. `GET /v1/deployments/{id}/journal` answers them; programs take no harm from types and members that they do not know.',
      `Each entry has \`v\` (1), \`seq\` (its number, from 1 without gaps), \`at\` (when, by the workflow's clock) and \`type\`, and is at most ${entryLimitBytes} bytes of JSON; where a list was too long, \`leftOut\` says by JSON pointer how many members are missing at its end. What else it has goes by its type.`,
      'Where an entry would be longer, its texts are cut to 1,024, 512 or 256 bytes of JSON, each marked with the digest of the whole. Below each type stands an entry of it: most of deployments that were recorded, the others as the tests of their rules write them.',
    ],
    journal(),
    {
      heading: 'Entries',
      whole: (type) => [entryExamples[type as EntryType]],
      isShown: true,
      examples: new Examples([Object.values(entryExamples)]),
    },
  );
