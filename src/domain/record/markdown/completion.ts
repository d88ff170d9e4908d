import { join, type Markdown, md } from '../../base/markdown.ts';
import type { Completion } from '../completion.ts';
import { paragraph } from './words.ts';

export function renderCompletion(
  { statement, unsatisfied, remarks }: Completion,
  notRequired: Markdown,
): readonly string[] {
  return [
    statement === null ? paragraph(md`Not certified. Not satisfied: ${join(unsatisfied, '; ')}.`) : statement,
    paragraph(...remarks, notRequired),
  ];
}
