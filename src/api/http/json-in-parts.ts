import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';

/** After so many characters other requests have their turn. */
const partLength = 256 * 1024;

/** An object of lists as JSON, in pieces: writing a hundred megabytes at once would block all other requests. */
export function jsonInParts(lists: Readonly<Record<string, readonly object[]>>): Readable {
  return Readable.from(partsOf(lists));
}

async function* partsOf(lists: Readonly<Record<string, readonly object[]>>): AsyncGenerator<string> {
  let part = '{';
  for (const [i, [name, items]] of Object.entries(lists).entries()) {
    part += `${i === 0 ? '' : ','}${JSON.stringify(name)}:[`;
    for (const [j, item] of items.entries()) {
      part += `${j === 0 ? '' : ','}${JSON.stringify(item)}`;
      if (part.length < partLength) continue;
      yield part;
      part = '';
      await turn();
    }
    part += ']';
  }
  yield `${part}}`;
}
