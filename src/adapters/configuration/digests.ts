import { createHash, createHmac } from 'node:crypto';
import { canonicalJson } from '../../domain/base/canonical-json.ts';
import { parseDeploymentId } from '../../domain/base/ids.ts';
import type { KeyReading } from '../../domain/plan/configuration.ts';

/**
 * Digests values of one source so that values cannot be tried against a digest, and equal values of two
 * targets, sources or keys do not show as equal. Without a key only what is shown whole has a digest, which hides nothing.
 */
export function digester(
  digestKey: Uint8Array | null,
  deployment: string,
  source: string,
): (key: string, value: string, isShownWhole: boolean) => Pick<KeyReading, 'digest' | 'keyId'> | null {
  const { service = '', environment = '' } = parseDeploymentId(deployment) ?? {};
  const keyId = digestKey && createHmac('sha256', digestKey).update('the id of this key').digest('hex').slice(0, 8);
  return (key, value, isShownWhole) => {
    if (!digestKey && !isShownWhole) return null;
    const hash = digestKey ? createHmac('sha256', digestKey) : createHash('sha256');
    hash.update(canonicalJson([service, environment, source, key, value]));
    return { digest: hash.digest('hex').slice(0, 32), keyId };
  };
}
