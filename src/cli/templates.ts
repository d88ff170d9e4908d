import { fileURLToPath } from 'node:url';

/** The folder of the files that `gantry init` fills in, of the sources as of the build: both lie two folders below the root. */
export const templateFolder = fileURLToPath(new URL('../../templates/', import.meta.url));
