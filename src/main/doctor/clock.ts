import { type Finding, fault, ok, warning } from './finding.ts';

/** From here on windows and the age of evidence are judged visibly wrong, and from here on evidence is refused as of the future. */
const noticedMs = 2_000;
const refusedMs = 30_000;

/** How far another clock is from this machine's. `offsetMs`: positive where the other one is ahead. */
export function clockFinding(whose: string, offsetMs: number): Finding {
  const off = Math.abs(offsetMs);
  const seconds = (off / 1_000).toFixed(off < 10_000 ? 1 : 0);
  if (off < noticedMs) return ok('clock', `That of ${whose} and this machine's are ${seconds} s apart.`);
  const text = `The clock of ${whose} is ${seconds} s ${offsetMs > 0 ? 'ahead of' : 'behind'} this machine's.`;
  const advice =
    "let both follow one source of time (chrony, systemd-timesyncd): windows, ages and expiry go by them. Where store and Temporal are off by the same, it is this machine's that is wrong";
  return off < refusedMs ? warning('clock', text, advice) : fault('clock', text, advice);
}
