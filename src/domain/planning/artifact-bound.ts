import type { ErrorIssue } from '../base/errors.ts';
import type { Json, JsonObject } from '../base/json.ts';
import { referencesIn } from '../plan/references.ts';
import type { ProcedureDocument } from './procedure.ts';

const artifactDigest = 'artifact.digest';

const isGivenDigest = (value: Json) => [...referencesIn(value)].some(({ name }) => name === artifactDigest);

/** A check reads the digest back where it compares it, or hands it to a command that does. Sending it proves nothing. */
const readsDigest = ({ json, command }: JsonObject) => isGivenDigest([json ?? null, command ?? null]);

/**
 * The artifact's digest is what is deployed: an action is given it, and a check reads it back. What a procedure lacks of
 * that, as `artifact-unbound`.
 */
export function artifactFaults({
  steps,
  validation,
  health,
}: Pick<ProcedureDocument, 'steps' | 'validation' | 'health'>): readonly ErrorIssue[] {
  const shown = `\${${artifactDigest}}`;
  const fault = (detail: string): ErrorIssue => ({ code: 'artifact-unbound', pointer: '/procedure/steps', detail });
  const lists = [...steps.map(({ verify }) => verify ?? []), ...Object.values(validation), health];
  const checks = [...lists.flatMap((list) => ('none' in list ? [] : list)), ...steps.map(({ done }) => done ?? {})];
  return [
    ...(steps.some((step) => isGivenDigest(step.do ?? null))
      ? []
      : [fault(`no action is given ${shown}, so something else might be deployed`)]),
    ...(checks.some(readsDigest)
      ? []
      : [fault(`no check compares ${shown} or hands it to a command, so nobody would notice another artifact`)]),
  ];
}
