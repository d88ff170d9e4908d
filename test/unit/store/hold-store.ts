// Run by a test in a process of its own: opens a store and writes journal entries without end. Each number that it
// prints is one that the store has acknowledged. Ends by being killed, or with the code of the error as its last line.
import { openStore } from '../../../src/store/index.ts';
import { deploymentRow, entries } from './rows.ts';

const [, , address = '', service = ''] = process.argv;
try {
  const store = await openStore(address);
  for (let seq = 1; ; seq += 1) {
    const row = deploymentRow(1, { service, lastSeq: seq });
    await store.appendJournal({ deployment: row.id, entries: entries(seq, seq), row });
    process.stdout.write(`${seq}\n`);
  }
} catch (error) {
  process.stdout.write(`${error instanceof Error && 'code' in error ? String(error.code) : String(error)}\n`);
}
