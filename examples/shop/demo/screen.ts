import pc from 'picocolors';
import type { Entry } from './client.ts';

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};
const since = Date.now();
const clock = () => pc.dim(`${((Date.now() - since) / 1000).toFixed(1).padStart(6)} s`);

export const screen = {
  title: (text: string) => say(`\n${pc.bold(text)}`),
  step: (text: string) => say(`${clock()}  ${text}`),
  good: (text: string) => say(`${clock()}  ${pc.green('✓')} ${text}`),
  bad: (text: string) => say(`${clock()}  ${pc.red('✗')} ${text}`),
  person: (text: string) => say(`${clock()}  ${pc.cyan('●')} ${text}`),
  /** Something reached those who are told. */
  heard: (text: string) => say(`${clock()}  ${pc.magenta('▸')} ${text}`),
  plain: say,
};

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
const nameOf = (actor: unknown) => text((actor as { readonly name?: string } | undefined)?.name ?? 'somebody');

const place = (entry: Entry) => `${text(entry['repository'])}:${text(entry['path'])}`;

function readings(value: unknown): string {
  const read = value as readonly { readonly key: string; readonly state: string; readonly shown: string }[];
  return read.map(({ key, state, shown }) => `${key} ${state === 'value' ? shown : state}`).join(', ');
}

/** One line for the entries of a journal that a spectator wants to see. */
export function show(entry: Entry): void {
  const one = entry as Entry & Record<string, never>;
  switch (entry.type) {
    case 'phase-entered':
      return screen.step(pc.bold(entry['phase'] === 'rolling-back' ? pc.yellow('rolling-back') : text(entry['phase'])));
    case 'gate-evaluated':
      if (entry['verdict'] === 'passed') return screen.good(`${text(entry['gate'])}: ${text(entry['found'])}`);
      return entry['verdict'] === 'failed' ? screen.bad(`${text(entry['gate'])}: ${text(entry['found'])}`) : undefined;
    case 'approval-granted':
      return screen.person(`${nameOf(entry['by'])} approves as ${text(entry['role'])} (${text(one['by']?.['via'])})`);
    case 'acknowledged':
      return screen.person(`${nameOf(entry['by'])} of ${text(entry['role'])} acknowledges ${text(entry['for'])}`);
    case 'abort-requested':
      return screen.person(`${nameOf(entry['by'])} aborts: ${text(entry['reason'])}`);
    case 'step-started':
      return screen.step(`  ${text(entry['step'])} …`);
    case 'step-completed':
      return entry['result'] === 'passed'
        ? screen.good(`  ${text(entry['step'])}: ${text(entry['summary'])}`)
        : screen.bad(`  ${text(entry['step'])}: ${text(entry['summary'])}`);
    case 'health-breached':
      return screen.bad(`health check ${text(entry['check'])}: ${text(entry['summary'])}`);
    case 'compensation-completed':
      return screen.good(`  undo ${text(entry['step'])}: ${text(entry['result'])}, ${text(entry['summary'])}`);
    case 'check-completed':
      if (entry['for'] === 'verify') return undefined;
      return entry['verdict'] === 'passed'
        ? screen.good(`  ${text(entry['check'])}: ${text(entry['summary'])}`)
        : screen.bad(`  ${text(entry['check'])}: ${text(entry['summary'])}`);
    case 'configuration-read':
      return screen.step(`  configuration ${text(entry['source'])}: ${readings(entry['readings'])}`);
    case 'document-written':
      if (entry['result'] !== 'written') return screen.good(`${place(entry)} says so already`);
      return screen.good(`${place(entry)} is written, commit ${text(entry['after']).slice(0, 7)}`);
    case 'document-failed':
      return screen.bad(`${place(entry)} is not written: ${text(entry['why'])}`);
    case 'confirmed':
      return screen.good('confirmed: this is what serves now');
    case 'ended':
      return screen.step(pc.bold(`ended: ${text(entry['outcome'])}`));
    default:
      return undefined;
  }
}
