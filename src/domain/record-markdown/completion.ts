import { join, md } from '../markdown.ts';
import type { Completion } from '../record/completion.ts';
import { notRequiredLine } from './certification.ts';
import { paragraph } from './words.ts';

export function renderCompletion(part: Completion): readonly string[] {
  const { statement, unsatisfied, remarks } = part;
  return [
    statement === null ? paragraph(md`Not certified. Not satisfied: ${join(unsatisfied, '; ')}.`) : statement,
    paragraph(...remarks, notRequiredLine(part.policyDigest, part.notRequired)),
  ];
}
