import type { ChecksInWords, StepInWords } from '../../domain/planning/steps-in-words.ts';
import { plain, type Terminal } from '../terminal.ts';

/** Digests: the first twelve digits and the last four are kept. */
const digest = /(sha256:[0-9a-f]{12})[0-9a-f]{48}(?=[0-9a-f]{4}(?![0-9a-f]))/g;

/** Text with shortened digests. */
export function shortened(text: string): string {
  return text.replaceAll(digest, '$1…');
}

/** The steps of a plan for a terminal, line by line. */
export function renderSteps(steps: readonly StepInWords[], paint: Terminal['paint']): readonly string[] {
  return steps.flatMap(({ id, title, parts }, i) => [
    plain(`${`${i + 1}.`.padEnd(3)}${id}: ${title}`),
    ...parts.map(({ name, text }) => `   ${paint.dim(name.padEnd(6))} ${shortened(plain(text))}`),
  ]);
}

/** What is measured beside the steps, for a terminal, line by line. */
export function renderChecks(checks: readonly ChecksInWords[], paint: Terminal['paint']): readonly string[] {
  return checks.flatMap(({ part, says }) =>
    says.map((text, i) => `${paint.dim((i === 0 ? part : '').padEnd(12))} ${shortened(plain(text))}`),
  );
}
