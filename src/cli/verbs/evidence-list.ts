import type { Command } from 'commander';
import { evidenceOfArtifactSchema } from '../../contract/evidence.ts';
import type { components } from '../../contract/paths.ts';
import { stages } from '../../domain/base/stages.ts';
import { type ApiOptions, answered, openApi, withApiOptions } from '../api-client.ts';
import { patiently } from '../connection/patient.ts';
import { plain, type Surroundings } from '../terminal.ts';

/** `gantry evidence list`: what is known of an artifact, and what was refused. */
export function registerEvidenceList(command: Command, { terminal: { say }, environment }: Surroundings): void {
  withApiOptions(command)
    .description('shows what is known of an artifact: a line a statement, and what was refused with why')
    .argument('<digest>', 'sha256:… of the artifact')
    .option('--json', 'prints what the API answers, in one line')
    .action(async (digest: string, { json, ...where }: ApiOptions & { readonly json?: true }) => {
      const api = await openApi(where, environment);
      const params = { query: { digest } };
      const known = await patiently(() => answered(api.GET('/v1/evidence', { params }), evidenceOfArtifactSchema));
      if (json) return say(JSON.stringify(known));
      for (const line of renderEvidence(known)) say(line);
    });
}

/** Evidence stage by stage, the newest statement of each first, then what was refused. */
export function renderEvidence({ evidence, refused }: components['schemas']['EvidenceOfArtifact']): readonly string[] {
  const lines = stages.flatMap((stage) => {
    const of = evidence.filter((one) => one.stage === stage);
    if (of.length === 0) return [`${stage.padEnd(11)}  none`];
    return of
      .toSorted((a, b) => b.finishedOn.localeCompare(a.finishedOn))
      .map(({ result, finishedOn, submittedBy, envelope, url }) => {
        const how = envelope == null ? 'unsigned' : 'signed';
        return [
          stage.padEnd(11),
          result.padEnd(6),
          finishedOn,
          `${how}, by ${submittedBy}`,
          ...(url === null ? [] : [url]),
        ];
      })
      .map((parts) => plain(parts.join('  ')));
  });
  const against = refused.map(({ stage, code, detail, submittedBy, at }) =>
    plain(`refused      ${stage ?? 'no stage'}  ${at}  by ${submittedBy}: ${code}: ${detail}`),
  );
  return [...lines, ...against];
}
