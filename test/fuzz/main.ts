import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import { startRig } from '../support/rig.ts';

// Asks a whole Gantry whatever its document allows, and what it does not, by schemathesis: `npm run fuzz -- --seed 1`.
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    /** Of each route and each kind of question. */
    examples: { type: 'string', default: '10' },
    /** No longer than that. */
    seconds: { type: 'string', default: '60' },
    /** Who asks. */
    as: { type: 'string', default: 'key:carol' },
  },
});

const version = '4.32.5';
const place = fileURLToPath(new URL(`../../node_modules/.cache/schemathesis-${version}`, import.meta.url));
const program = join(place, 'bin/schemathesis');
const stdio = 'inherit' as const;

/** From PyPI, into a folder of its own; kept for the next time. */
async function install(): Promise<void> {
  if (existsSync(program)) return;
  await execa('python3', ['-m', 'venv', '--clear', place], { stdio });
  await execa(join(place, 'bin/pip'), ['install', '--quiet', `schemathesis==${version}`], { stdio });
}

const configuration = (id: string) => `
[parameters]
"path.id" = "${id}"
"path.service" = "shop"
"path.environment" = "production"

[checks]
# What the document allows, the policy, a window, or what is there by then may still refuse.
positive_data_acceptance.enabled = false
# A body can be too large before anybody looks at what is wrong in it.
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
`;

await install();
const folder = await mkdtemp(join(tmpdir(), 'gantry-fuzz-'));
const rig = await startRig();
try {
  const { id } = await rig.deploy(await rig.world('shop'));
  await writeFile(join(folder, 'schemathesis.toml'), configuration(id));
  const where = ['--config-file', join(folder, 'schemathesis.toml'), 'run', `${rig.url}/openapi.json`];
  const how = ['--phases', 'coverage,fuzzing', '--continue-on-failure', '--request-timeout', '70', '--warnings', 'off'];
  const bounds = ['--max-examples', values.examples, '--max-time', values.seconds, '--seed', values.seed];
  const who = ['--header', `Authorization: Bearer ${rig.tokens.get(values.as) ?? ''}`];
  // Pages answer people, by links that nobody guesses.
  const asked = [...where, ...how, '--exclude-tag', 'pages', ...bounds, ...who];
  const { exitCode } = await execa(program, asked, { stdio, reject: false, cwd: folder });
  process.exitCode = exitCode ?? 1;
} finally {
  // Fails, too, where an answer was not as its route declares, or a history does not replay.
  await rig.close();
  await rm(folder, { recursive: true, force: true });
}
