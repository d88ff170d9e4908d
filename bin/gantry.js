#!/usr/bin/env node
// Read by whatever Node there is: what this one cannot read is loaded only behind the check.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 20)) {
  process.stderr.write(`Gantry needs Node 20.20 or newer; this is ${process.version} (${process.execPath}).\n`);
  process.exit(1);
}
await import('../dist/main/gantry.js');
