import type { DeploymentRecord } from './record.ts';
import { notRequiredLine, renderCertification } from './record-markdown/certification.ts';
import { renderChangeManagement } from './record-markdown/change-management.ts';
import { renderCompletion } from './record-markdown/completion.ts';
import { renderExecution } from './record-markdown/execution.ts';
import { renderHeader } from './record-markdown/header.ts';
import { renderValidation } from './record-markdown/validation.ts';

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
