import { spawn } from 'node:child_process';
import type { Environment } from '../environment.ts';

/** Opens a page in the person's browser, or the program that `BROWSER` names; false where there seems to be none. */
export function openBrowser(url: string, environment: Environment): boolean {
  // The address is the provider's word: nothing but a page is opened.
  const program = /^https?:\/\//.test(url) ? programFor(environment) : null;
  if (program === null) return false;
  const [file, ...args] = program;
  const child = spawn(file, [...args, url], { detached: true, stdio: 'ignore' });
  // The address is printed, too: whoever has no such program opens it by hand.
  child.on('error', () => undefined);
  child.unref();
  return true;
}

function programFor(environment: Environment): readonly [file: string, ...args: string[]] | null {
  const { BROWSER, DISPLAY, WAYLAND_DISPLAY, SSH_CONNECTION } = environment;
  if (BROWSER) return [BROWSER];
  // Over SSH it would open on a machine that nobody sits at.
  if (SSH_CONNECTION) return null;
  if (process.platform === 'darwin') return ['open'];
  if (process.platform === 'win32') return ['explorer.exe'];
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : null;
}
