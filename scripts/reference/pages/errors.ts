import { type ErrorCode, errorTable } from '../../../src/domain/base/error-codes.ts';
import { remedies } from '../../../src/domain/base/remedies.ts';
import { page, table } from '../markdown.ts';

/** A problem as the API answers it. */
export const problemExample = {
  type: 'https://gantry.invalid/errors#invalid-procedure',
  title: errorTable['invalid-procedure'].title,
  status: 422,
  code: 'invalid-procedure',
  detail: 'say how it is verified: a list of checks or verify: { none: reason }',
  pointer: '/procedure/steps/0/verify',
};

/** `errors.md`. */
export function errorsPage(): string {
  const rows = Object.entries(errorTable).map(([code, { status, retryable, title }]) => [
    `\`${code}\``,
    String(status),
    retryable ? 'yes' : 'no',
    title,
    linked(remedies[code as ErrorCode]),
  ]);
  return page(
    'Errors',
    'Every error by its code, which is stable. "Repeat" says whether the same request may succeed later without being changed; such an answer has `Retry-After`. [Errors](../errors.md) says where codes stand.',
    table(['code', 'HTTP status', 'repeat', 'meaning', 'what to do'], rows),
    '## A problem',
    `\`\`\`json\n${JSON.stringify(problemExample, null, 2)}\n\`\`\``,
  );
}

/** Pages are named from the root of the repository, since messages name them, too. */
const linked = (text: string) => text.replaceAll(/`docs\/([a-z/-]+\.md)`/g, '[$1](../$1)');
