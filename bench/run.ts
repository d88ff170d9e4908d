// npm run bench [-- NAME …]: how quickly Gantry reacts, how much history it writes, what it costs, and what readers and
// restarts do to it. Everything is real and in processes of its own: Temporal, PostgreSQL, an API, a worker, readers; what is
// deployed upon runs in this one, with the bare workflows. Nothing is asserted; a missed budget is printed.
import { cpus } from 'node:os';
import { Bench } from './bench.ts';
import { startMeasured } from './installation.ts';
import { cost } from './suites/cost.ts';
import { history } from './suites/history.ts';
import { hostile } from './suites/hostile.ts';
import { overhead } from './suites/overhead.ts';
import { reactions } from './suites/reactions.ts';
import { readers } from './suites/readers.ts';
import { restart } from './suites/restart.ts';

const suites = [reactions, readers, history, overhead, restart, cost, hostile];
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
const begunAt = Date.now();
const seconds = (since: number) => Math.round((Date.now() - since) / 1_000);
for (const suite of suites.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  const startedAt = Date.now();
  // Each suite has one of its own, so that what one leaves behind slows no other.
  const there = await startMeasured();
  try {
    process.stdout.write(`\n== ${suite.name}\n`);
    await suite.run(new Bench(there, runs));
    process.stdout.write(`   (${seconds(startedAt)} s)\n`);
  } finally {
    await there.stop();
  }
}
process.stdout.write(`\n${seconds(begunAt)} s in all; budget 8 minutes for all suites on two quiet cores\n`);
