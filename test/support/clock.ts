import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hostPackages } from './debian-packages.ts';

/** Variables with which a process sees another time of day than this machine has: by `+100s` later, by `-10s` earlier. */
export async function clockOff(by: `${'+' | '-'}${number}s`): Promise<Readonly<Record<string, string>>> {
  const libraries = join(await hostPackages(), 'usr', 'lib');
  // By the name of the processor: `x86_64-linux-gnu`.
  const found = (await readdir(libraries, { recursive: true })).find((path) => path.endsWith('/libfaketime.so.1'));
  if (found === undefined) throw new Error(`there is no libfaketime in ${libraries}`);
  // What a process waits for is measured by the other clock, which nobody sets.
  return { LD_PRELOAD: join(libraries, found), FAKETIME: by, FAKETIME_DONT_FAKE_MONOTONIC: '1' };
}
