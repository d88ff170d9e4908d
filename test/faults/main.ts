import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { EffectLog } from './effect-log.ts';
import { planRound, type Round } from './plan.ts';
import { startRig } from './rig.ts';
import { type RoundReport, runRound, tellViolation } from './round.ts';
import { journalText } from './sources.ts';

// A long run of faults: `npm run faults -- --deployments 200 --seed 1`. One round of it again: `--seed 1 --round 3`.
const { values } = parseArgs({
  options: {
    deployments: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    /** Only this round. */
    round: { type: 'string' },
    /** Rounds from here on. */
    from: { type: 'string', default: '1' },
    /** Targets side by side. */
    targets: { type: 'string', default: '5' },
    /** Kinds of fault that are left out, with commas between them. */
    without: { type: 'string', default: '' },
    /** No round is begun after so many seconds. */
    seconds: { type: 'string', default: '3600' },
  },
});

const seed = Number(values.seed);
const scale = { targets: Number(values.targets), without: values.without.split(',').filter((name) => name !== '') };
const began = Date.now();
const folder = await mkdtemp(join(tmpdir(), 'gantry-faults-'));
const log = new EffectLog(join(folder, 'effects.jsonl'));
const rig = await startRig();
const reports: RoundReport[] = [];
const print = (line: string) => process.stdout.write(`${line}\n`);
print(`log of the targets: ${log.file}; journals and what workers print beside it`);

try {
  let lived = 0;
  for (const round of rounds()) {
    const report = await runRound(rig, log, round);
    reports.push(report);
    lived += report.lives.length;
    const outcomes = report.lives.map(({ status }) => status?.outcome ?? 'none').join(', ');
    print(`round ${round.round}: ${outcomes}`);
    print(`  faults: ${report.lives.flatMap(({ begun }) => begun).join(', ')}`);
    for (const trouble of report.troubles) print(`  did not come about: ${trouble.slice(0, 300)}`);
    for (const { id, journal } of report.lives) await writeFile(join(folder, `${id}.journal`), journalText(journal));
    for (const one of [...report.byLog, ...report.bySources]) print(tellViolation(report, one));
    if (values.round !== undefined || lived >= Number(values.deployments)) break;
    if (Date.now() - began > Number(values.seconds) * 1_000) break;
  }
} finally {
  await writeFile(join(folder, 'workers.log'), rig.printed());
  await rig.close();
}
// Node was seen to spin for ever in taking itself apart, over a connection that was half closed.
process.once('exit', () => process.exit());
process.exitCode = summary() ? 0 : 1;

function* rounds(): Generator<Round> {
  if (values.round !== undefined) return yield planRound(seed, Number(values.round), scale);
  for (let round = Number(values.from); ; round += 1) yield planRound(seed, round, scale);
}

/** Prints what came of it all; answers whether everything held. */
function summary(): boolean {
  const lives = reports.flatMap((report) => report.lives);
  const byLog = reports.reduce((sum, report) => sum + report.byLog.length, 0);
  const bySources = reports.reduce((sum, report) => sum + report.bySources.length, 0);
  const counted = (of: readonly string[]) =>
    [...new Set(of)].sort().map((one) => `${one} ${of.filter((other) => other === one).length}`);
  print('');
  print(`outcomes: ${counted(lives.map(({ status }) => status?.outcome ?? 'none')).join(', ')}`);
  print(`faults: ${counted(lives.flatMap(({ begun }) => begun)).join(', ')}`);
  print(
    `seed ${seed}: ${lives.length} deployments in ${Math.round((Date.now() - began) / 1_000)} s; ` +
      `violations: ${byLog} by the targets' log, ${bySources} with journals, answers and pages`,
  );
  return byLog + bySources === 0;
}
