// As much of curl as README's commands use, for machines without it: -sS -f -H -X -d -o and one address.
import { readFileSync, writeFileSync } from 'node:fs';

const argv = process.argv.slice(2);
const headers = new Headers();
let [method, body, output, failsOnError, url] = ['', undefined, null, false, ''];
while (argv.length > 0) {
  const one = argv.shift();
  if (one === '-H') {
    const header = argv.shift();
    const at = header.indexOf(':');
    headers.append(header.slice(0, at), header.slice(at + 1).trim());
  } else if (one === '-X') method = argv.shift();
  else if (one === '-d') body = argv.shift();
  else if (one === '-o') output = argv.shift();
  else if (one === '-f') failsOnError = true;
  else if (one.startsWith('-') && one !== '-sS') throw new Error(`${one} is not known here`);
  else if (one !== '-sS') url = one;
}
if (body === '@-') body = readFileSync(0, 'utf8');
const answer = await fetch(url, { method: method || (body === undefined ? 'GET' : 'POST'), headers, body });
const text = await answer.text();
if (failsOnError && !answer.ok) process.exit(22);
if (output === null) process.stdout.write(text);
else writeFileSync(output, text);
