import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type DevOptions, startDev } from '../../../src/main/dev.ts';

it('gantry dev leaves a folder alone that others may enter, and puts no keys into it', async () => {
  const data = await mkdtemp(join(tmpdir(), 'gantry-open-'));
  try {
    await chmod(data, 0o755);
    const config = { listen: { host: '127.0.0.1', port: 0 }, policy: null, procedures: null };
    const options: unknown = {
      config,
      data,
      environment: {},
      say: () => undefined,
    };
    await expect(startDev(options as DevOptions)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringContaining('chmod 700'),
    });
    expect((await stat(data)).mode & 0o777).toBe(0o755);
    expect(await readdir(data)).toEqual([]);
  } finally {
    await rm(data, { recursive: true, force: true });
  }
});
