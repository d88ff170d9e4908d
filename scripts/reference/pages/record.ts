import { isObject } from '../../../src/domain/base/fields.ts';
import { buildRecord } from '../../../src/domain/record/record.ts';
import { goodJournal, rolledBackJournal } from '../../../test/support/journal.ts';
import { Examples } from '../examples.ts';
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

/** The records that the tests have as models: of a success, and of one that was rolled back. */
export const modelRecords = () =>
  [goodJournal(), rolledBackJournal()].map(({ plan, planDigest, journal }) =>
    buildRecord(plan, planDigest, journal, { state: 'final', attestation: 'no-key' }),
  );

/** `record.md`. */
export const recordPage = () => {
  const records = modelRecords();
  return typedText(
    'Record',
    [
      'The record of one deployment as JSON, a pure function of its plan and its [journal](journal.md): `GET /v1/deployments/{id}/record` answers it, and as Markdown where `text/markdown` is asked for. It is a draft while the deployment runs, and final afterwards.',
      '```sh\ngantry record shop.production.7 --json\n```',
    ],
    record(),
    {
      heading: 'Parts',
      words: recordParts,
      whole: (name) => records.map((one): unknown => one[name as keyof typeof one]).filter(isObject),
      isShown: false,
      examples: new Examples(records),
    },
  );
};
