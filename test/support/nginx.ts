import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostPackages } from './debian-packages.ts';
import { eventually } from './eventually.ts';

interface Front {
  /** Where it is reached. */
  readonly port: number;
  /** Of its upstream. */
  readonly name: string;
  /** The file of the servers that it sends requests to. */
  readonly include: string;
}

export interface Nginx {
  readonly stop: () => Promise<void>;
}

/** A real nginx on loopback, run from a folder of its own; `nginx` in `bin` is the command that it is told things by. */
export async function startNginx(folder: string, bin: string, { port, name, include }: Front): Promise<Nginx> {
  await mkdir(folder);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (of) => `${of}_temp_path ${folder}/${of};`,
  );
  const settings = `pid ${folder}/pid;
worker_processes 1;
events {}
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream ${name} { include ${include}; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://${name}; }
  }
}
`;
  await writeFile(join(folder, 'nginx.conf'), settings);
  const command = join(bin, 'nginx');
  const program = join(await hostPackages(), 'usr/sbin/nginx');
  const script = `#!/bin/sh\nexec ${program} -p ${folder} -c ${folder}/nginx.conf -e ${folder}/errors "$@"\n`;
  await writeFile(command, script, { mode: 0o755 });
  const child = spawn(command, ['-g', 'daemon off;'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await eventually(
    () =>
      fetch(`http://127.0.0.1:${port}/`).then(
        ({ status }) => status,
        () => null,
      ),
    (status) => status !== null,
  );
  return {
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
