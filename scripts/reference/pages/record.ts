import { typedPage, typedText } from './typed.ts';

/** The parts of a record. */
export const record = () => typedPage('src/domain/record/record.ts', 'DeploymentRecord');

/** Its parts, each of which is a section of the Markdown. */
export const recordParts: Readonly<Record<string, string>> = {
  v: 'The version of this format: 1.',
  header: 'What it is about, and how it came out.',
  certification: '"Deployment Certification": what was proven before the change.',
  execution: '"Deployment Execution Log": what was done, what health said meanwhile, what was undone.',
  validation: '"Production Validation Results": what was measured afterwards.',
  changeManagement:
    '"Change Management Documentation": what was changed, who was told, who took over, what people added.',
  completion: '"Final Workflow Completion": whether everything was satisfied.',
};

/** `record.md`. */
export const recordPage = () =>
  typedText(
    'Record',
    [
      'The record of one deployment as JSON, a pure function of its plan and its [journal](journal.md): `GET /v1/deployments/{id}/record` answers it, and as Markdown where `text/markdown` is asked for. It is a draft while the deployment runs, and final afterwards.',
      '```sh\ngantry record shop.production.7 --json\n```',
    ],
    record(),
    { heading: 'Parts', words: recordParts },
  );
