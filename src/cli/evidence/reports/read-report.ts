import { readCtrf } from './ctrf.ts';
import { textOf } from './encoding.ts';
import { readJunit } from './junit.ts';
import type { TestReport } from './report.ts';

/** A report by its content: JUnit in XML, or CTRF in JSON. Throws `invalid-evidence` for anything else. */
export function readReport(bytes: Uint8Array): TestReport {
  const text = textOf(bytes).replace(/^\s+/, '');
  return text.startsWith('<') ? readJunit(text) : readCtrf(text);
}
