import type { DeploymentRecord } from '../record.ts';
import { notRequiredLine, renderCertification } from './certification.ts';
import { renderChangeManagement } from './change-management.ts';
import { renderCompletion } from './completion.ts';
import { renderExecution } from './execution.ts';
import { renderHeader } from './header.ts';
import { renderValidation } from './validation.ts';

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
