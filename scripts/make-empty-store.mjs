// Makes an embedded PostgreSQL that nothing was ever written to: `dist/empty-store.tgz`. Unpacking it takes a new store a third
// of what making one takes.
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PGlite } from '@electric-sql/pglite';

const file = fileURLToPath(new URL('../dist/empty-store.tgz', import.meta.url));
const database = await PGlite.create();
const packed = await database.dumpDataDir('gzip');
await database.close();
await writeFile(`${file}.new`, packed.stream());
await rename(`${file}.new`, file);
