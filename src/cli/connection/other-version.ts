import { versionHeader } from '../../contract/service.ts';
import { version } from '../../system/own-files.ts';

/** What to say where an answer is from another version of Gantry than this one; null where it is not, or does not tell. */
export async function otherVersion(headers: Pick<Headers, 'get'>): Promise<string | null> {
  const [own, theirs] = [await version(), headers.get(versionHeader)];
  if (theirs === null || theirs === own) return null;
  return `The API is of version ${theirs}, this command line of ${own}: npm install --global API/cli.tgz, with the address of the API, brings its own.`;
}
