// node artifact.mjs 1.4.2: prints the artifact of a release as { uri, digest }.
import { artifactOf } from './release.mjs';

const [release] = process.argv.slice(2);
if (release === undefined) {
  console.error('usage: node artifact.mjs <release>');
  process.exit(2);
}
console.log(JSON.stringify(artifactOf(release)));
