import type { Config } from '../../config/config.ts';
import type { LoadedPolicy } from '../../domain/planning/source-ports.ts';
import { checkPolicy } from '../../files/policy.ts';
import { type Findings, fault, ok, warning } from './finding.ts';

const shownFaults = 3;

/** Whether the policy can be read and holds; with it where it does. */
export async function policyFindings({ policy: file }: Pick<Config, 'policy'>): Promise<{
  readonly findings: Findings;
  readonly loaded: LoadedPolicy | null;
}> {
  if (file === null)
    return {
      findings: [fault('policy', 'GANTRY_POLICY is not set.', 'name the policy file in GANTRY_POLICY')],
      loaded: null,
    };
  const { loaded, faults } = await checkPolicy(file);
  if (!loaded) {
    const places = faults.slice(0, shownFaults).map(({ line, detail }) => `${file}:${line} ${detail}`);
    const more = faults.length > shownFaults ? `; ${faults.length - shownFaults} more` : '';
    return {
      findings: [
        fault('policy', `${places.join('; ')}${more}`, `mend it; gantry policy check ${file} shows every fault`),
      ],
      loaded: null,
    };
  }
  const { environments, people } = loaded.policy;
  const accepting = Object.keys(environments).filter((name) => environments[name]?.messages.unsigned === 'accept');
  return {
    loaded,
    findings: [
      ok('policy', `${file}: ${people.length} people, ${Object.keys(environments).join(', ')}; ${loaded.digest}.`),
      ...accepting.map((name) =>
        warning(
          'policy',
          `In ${name} messages count that nobody vouched for: whoever reaches Temporal approves as anybody.`,
          `write messages: { unsigned: refuse } for ${name}, once every API has a message-key`,
        ),
      ),
    ],
  };
}
