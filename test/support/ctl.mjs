// What a procedure's command does in tests: starts or stops a slot of the world, through real HTTP.
const [verb, slot, release, digest] = process.argv.slice(2);
const url = `${process.env.WORLD}/slots/${slot}`;
const answer =
  verb === 'start'
    ? await fetch(url, { method: 'PUT', body: JSON.stringify({ release, digest }) })
    : await fetch(url, { method: 'DELETE' });
console.log(`${verb} ${slot}: ${answer.status}`);
process.exitCode = answer.ok ? 0 : 1;
