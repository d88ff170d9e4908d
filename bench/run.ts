// npm run bench [-- NAME …]: how quickly Gantry reacts, how much history it writes, what it costs, and what readers and
// restarts do to it. Everything is real: a Temporal server, a worker, a store, HTTP. Nothing is asserted; a missed budget
// is printed.
import { cpus } from 'node:os';
import { refusing, rules, testPolicy } from '../test/support/policy.ts';
import { startRig } from '../test/support/rig.ts';
import { Bench } from './bench.ts';
import { cost } from './suites/cost.ts';
import { history } from './suites/history.ts';
import { overhead } from './suites/overhead.ts';
import { reactions } from './suites/reactions.ts';
import { readers } from './suites/readers.ts';
import { restart } from './suites/restart.ts';

const suites = [reactions, readers, history, overhead, restart, cost];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no ${unknown.join(', ')}: ${suites.map(({ name }) => name).join(', ')}.\n`);
  process.exit(2);
}

const runs = Number(process.env['BENCH_RUNS'] ?? 10);
process.stdout.write(
  `${runs} runs each; ${cpus().length} cores, Node ${process.versions.node}; minimum, median, maximum\n`,
);
for (const suite of suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  // As installations run: messages, plans and runs that the API vouches for. Each suite has one of its own, so that what
  // one leaves behind slows no other.
  const rig = await startRig({
    signingKeys: 'own',
    policy: { ...testPolicy, environments: { production: refusing, bare: rules } },
  });
  const startedAt = Date.now();
  try {
    process.stdout.write(`\n== ${suite.name}\n`);
    await suite.run(new Bench(rig, runs));
    process.stdout.write(`   (${Math.round((Date.now() - startedAt) / 1_000)} s)\n`);
  } finally {
    await rig.stop();
  }
}
