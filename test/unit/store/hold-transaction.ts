// Run by a test in a process of its own, which the test stops: says `ready` in the middle of its work and goes no further.
// `update` leaves a transaction open after it has raised every fence, `read` asks for more than any buffer takes.
import { openPostgres } from '../../../src/store/postgres.ts';

const [, , address = '', what = ''] = process.argv;
const client = await openPostgres(address).pool.connect();
if (what === 'update') {
  await client.query('begin', []);
  await client.query('update fences set fence = fence + 1', []);
} else void client.query("select repeat('x', 1000) from targets, generate_series(1, 200000)", []);
process.stdout.write('ready\n');
setInterval(() => undefined, 60_000);
