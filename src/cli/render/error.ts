import { errorTable } from '../../domain/base/error-codes.ts';
import { GantryError } from '../../domain/base/errors.ts';
import { plain, type Terminal } from '../terminal.ts';

/** What to do next, by code, where the message does not say so itself. `docs/errors.md` has the whole list. */
const advice: Readonly<Partial<Record<GantryError['code'], string>>> = {
  unauthenticated: 'log in: gantry login',
  'scope-missing': 'use a key with that scope',
  'plan-changed': 'look at the plan that is frozen now (gantry status), and approve that',
  'self-approval': 'ask somebody who neither requested nor wrote the change',
  ended: 'the outcome stands; request a new deployment (gantry deploy)',
  'too-late': 'deploy the release that should serve instead',
  'too-early': 'wait for the phase that takes it (gantry watch)',
  'wrong-phase': 'gantry status shows what the deployment takes now',
  'not-waiting': 'gantry status shows what the deployment waits for',
  'not-found': 'check the name: gantry list shows the deployments there are',
  'unknown-environment': 'gantry target list shows the environments that are deployed to',
};

/**
 * An error for people: its code, what is wrong, each finding at its place, and what to do next with a client verb
 * (`isClient`). Only faults of Gantry's own show where in its code they were found.
 */
export function renderError(error: unknown, paint: Terminal['paint'], isClient: boolean): readonly string[] {
  if (!(error instanceof GantryError)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [`${paint.red('error[internal]')}: ${text}`];
  }
  const { code, message, issues, advice: own } = error;
  const findings = issues.filter(({ detail }) => !message.includes(detail));
  const repeat = errorTable[code].retryable ? 'repeat it: the same request may succeed later' : null;
  const next = isClient ? (own ?? advice[code] ?? repeat) : null;
  return [
    `${paint.red(`error[${code}]`)}: ${message}`,
    ...findings.map(({ pointer, detail }) => `  ${plain(`${pointer}: ${detail}`)}`),
    ...(next === null ? [] : [paint.dim(`  → ${next}`)]),
  ];
}
