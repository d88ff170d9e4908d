// What a procedure's command does in tests: starts or stops a slot of the world, through real HTTP.
const [verb, slot, release, digest] = process.argv.slice(2);
const url = `${process.env.WORLD}/slots/${slot}`;
const start = () => fetch(url, { method: 'PUT', body: JSON.stringify({ release, digest }) });
const verbs = {
  start,
  // Asks first, so that a test can hold it before it has done anything.
  'ask-and-start': async () => {
    await fetch(`${process.env.WORLD}/may-i?pid=${process.pid}`);
    return start();
  },
  stop: () => fetch(url, { method: 'DELETE' }),
  hang: () => fetch(`${process.env.WORLD}/hang`, { method: 'POST' }),
};
const answer = await verbs[verb]();
console.log(`${verb} ${slot}: ${answer.status}`);
process.exitCode = answer.ok ? 0 : 1;
