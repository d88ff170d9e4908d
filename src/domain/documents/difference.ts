/** So much of a difference is journaled. */
const maxLength = 1_200;

/** Which lines went and which came, in their order; short, and cut where it is not. */
export function differenceOf(before: string, after: string): string {
  const [old, now] = [linesOf(before), linesOf(after)];
  const gone = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
  const come = now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`);
  const whole = [...gone, ...come].join('\n');
  return whole.length <= maxLength ? whole : `${whole.slice(0, maxLength).toWellFormed()}…`;
}

function linesOf(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}
