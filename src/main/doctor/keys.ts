import type { Config } from '../../config/config.ts';
import { GantryError } from '../../domain/base/errors.ts';
import type { Policy } from '../../domain/policy/policy.ts';
import { readMessageKeys } from '../keys/message-key.ts';
import { type Findings, fault, ok, warning } from './finding.ts';

/** Whether the API can vouch for messages where the policy asks for that. */
export async function keyFindings({ secrets }: Pick<Config, 'secrets'>, policy: Policy | null): Promise<Findings> {
  const make = 'gantry key create makes one in GANTRY_SECRETS, for APIs alone: workers have none';
  let keys: Awaited<ReturnType<typeof readMessageKeys>>;
  try {
    keys = await readMessageKeys(secrets);
  } catch (error) {
    if (!(error instanceof GantryError)) throw error;
    return [fault('message-key', error.message, `take it out of the way; ${make}`)];
  }
  if (keys)
    return [
      ok(
        'message-key',
        `${keys.file} holds ${keys.publicKeys.length === 1 ? 'a key' : `${keys.publicKeys.length} keys`}.`,
      ),
    ];
  const refusing = Object.entries(policy?.environments ?? {}).filter(
    ([, rules]) => rules.messages.unsigned === 'refuse',
  );
  if (refusing.length === 0) return [ok('message-key', 'There is none here, and the policy asks for none.')];
  const names = refusing.map(([name]) => name).join(', ');
  return [warning('message-key', `There is none here: an API of this machine refuses requests for ${names}.`, make)];
}
