import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a unit runs: `server.mjs` in a folder, with its port in PORT. */
interface Unit {
  readonly folder: string;
  readonly port: number;
}

export interface Systemctl {
  addUnit(name: string, unit: Unit): Promise<void>;
  /** Ends every unit that runs. */
  readonly stop: () => Promise<void>;
}

/**
 * Puts a `systemctl` into `bin` that stands for the real one where no systemd runs. It knows `restart UNIT`, `stop UNIT`
 * and `show --property MainPID --value UNIT`. A unit outlives whoever started it and has none of their environment.
 */
export async function installSystemctl(bin: string): Promise<Systemctl> {
  const command = join(bin, 'systemctl');
  const units = join(bin, 'units');
  await mkdir(units);
  const script = `#!/usr/bin/env bash
set -euo pipefail
unit=${units}/\${!#}
pid=$(cat "$unit.pid" 2>/dev/null || echo 0)
end() {
  if [ "$pid" = 0 ]; then return; fi
  kill "$pid" 2>/dev/null || true
  while [ -e "/proc/$pid/exe" ]; do sleep 0.02; done
  rm -f "$unit.pid"
}
case $1 in
  show) echo "$pid" ;;
  stop) end ;;
  restart)
    end
    . "$unit.service"
    cd "$folder"
    # It has a session of its own before this ends: whoever called may end all that is left of theirs.
    env -i "PORT=$port" setsid sh -c 'echo $$ >"$0"; exec ${process.execPath} server.mjs' "$unit.pid" </dev/null >/dev/null 2>&1 &
    until [ -s "$unit.pid" ]; do sleep 0.02; done
    ;;
  *) exit 2 ;;
esac
`;
  await writeFile(command, script, { mode: 0o755 });
  return {
    addUnit: (name, { folder, port }) => writeFile(join(units, `${name}.service`), `folder=${folder}\nport=${port}\n`),
    async stop() {
      const running = (await readdir(units)).filter((file) => file.endsWith('.pid'));
      await Promise.all(running.map((file) => run(command, ['stop', basename(file, '.pid')])));
    },
  };
}
