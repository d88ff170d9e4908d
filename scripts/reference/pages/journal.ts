import { entryLimitBytes } from '../../../src/domain/journal/entries.ts';
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
      `\`\`\`json\n${JSON.stringify(example)}\n\`\`\``,
    ],
    journal(),
    { heading: 'Entries' },
  );

const example = {
  v: 1,
  seq: 21,
  at: '2026-11-23T08:12:40.000Z',
  type: 'read-back',
  step: 'switch',
  attempt: 1,
  verdict: 'done',
  summary: '200 in 6 ms, /slot is green',
};
