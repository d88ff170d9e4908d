/** A sentence names at most so many deployments. */
const namedAtMost = 5;

/**
 * Why a signing key should not be retired yet; null when nothing speaks against it. `newest`: the key that was
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
  return faults.length === 0 ? null : faults.join('; ');
}

function bearersInWords(bearers: readonly string[]): string {
  const named = bearers.slice(0, namedAtMost).join(', ');
  if (bearers.length === 1) return `1 deployment (${named}) bears its seals, or may, and its way back is refused then`;
  const more = bearers.length - namedAtMost;
  const which = more > 0 ? `${named} and ${more} more` : named;
  return `${bearers.length} deployments (${which}) bear its seals, or may, and their way back is refused then`;
}
