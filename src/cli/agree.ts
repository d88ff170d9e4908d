import { GantryError } from '../domain/base/errors.ts';
import { exitCodes } from './exit-codes.ts';
import type { Surroundings } from './terminal.ts';

/**
 * Whether what weighs something may be sent: `--yes` says so, else a person who is shown what would happen. Where they say
 * no the exit code is 1. Throws `malformed` where nobody is there to be asked.
 *
 * @param question such as `Abort shop.production.7?`
 * @param shown lines of what would happen, asked for only where a person reads them
 */
export async function isAgreed(
  question: string,
  shown: () => readonly string[] | Promise<readonly string[]>,
  yes: boolean,
  { tell, confirm }: Pick<Surroundings, 'tell' | 'confirm'>,
): Promise<boolean> {
  if (yes) return true;
  if (!confirm) throw new GantryError('malformed', `Nobody is here to be asked “${question}”: say --yes.`);
  for (const line of await shown()) tell(line);
  if (await confirm(question)) return true;
  tell('Nothing was sent.');
  process.exitCode = exitCodes.otherwise;
  return false;
}
