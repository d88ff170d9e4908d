import { join, type Markdown, md } from '../../base/markdown.ts';
import type { Completion } from '../completion-section.ts';
import type { DeploymentRecord } from '../record.ts';
import { renderCertification } from './certification.ts';
import { renderChangeManagement } from './change-management.ts';
import { renderExecution } from './execution.ts';
import { renderHeader } from './header.ts';
import { notRequiredLine } from './not-required-line.ts';
import { renderValidation } from './validation.ts';
import { paragraph } from './words.ts';

/** A record as Markdown: five second-level headings, always the same and in this order. Same record, same bytes. */
export function renderRecord(record: DeploymentRecord): string {
  const { header, certification } = record;
  const blocks = [
    ...renderHeader(header),
    '## Deployment Certification',
    ...renderCertification(certification, header.state === 'draft' && header.outcome === null),
    '## Deployment Execution Log',
    ...renderExecution(record.execution, header.planDigest),
    '## Production Validation Results',
    ...renderValidation(record.validation),
    '## Change Management Documentation',
    ...renderChangeManagement(record.changeManagement, certification.unsigned),
    '## Final Workflow Completion',
    ...renderCompletion(record.completion, notRequiredLine(certification)),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function renderCompletion({ statement, unsatisfied, remarks }: Completion, notRequired: Markdown): readonly string[] {
  return [
    statement === null ? paragraph(md`Not certified. Not satisfied: ${join(unsatisfied, '; ')}.`) : statement,
    paragraph(...remarks, notRequired),
  ];
}
