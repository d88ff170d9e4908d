import { shortList } from '../base/short-list.ts';

/** A sentence names at most so many deployments. */
const maxNamed = 5;

/**
 * Why a signing key should not be retired yet; null when it can be. `newest`: the key that was
 * registered last, with which the API seals. `bearers`: ids of the deployments that still need what the key has sealed.
 */
export function retirementFault(
  key: string,
  { newest, bearers }: { readonly newest: string | null; readonly bearers: readonly string[] },
): string | null {
  const faults = [
    ...(key === newest ? ['the API seals with it, as the newest one, and all of that is refused then'] : []),
    ...(bearers.length > 0 ? [bearersInWords(bearers)] : []),
  ];
  return faults.join('; ') || null;
}

function bearersInWords(bearers: readonly string[]): string {
  const named = shortList(bearers, maxNamed);
  if (bearers.length === 1) return `1 deployment (${named}) bears its seals, or may, and its way back is refused then`;
  return `${bearers.length} deployments (${named}) bear its seals, or may, and their way back is refused then`;
}
