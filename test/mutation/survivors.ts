import { z } from 'zod';

/** A mutant as the tool found it: lines and columns begin with 1. */
export interface Mutant {
  readonly fileName: string;
  readonly replacement: string;
  readonly location: { readonly start: Place; readonly end: Place };
}
interface Place {
  readonly line: number;
  readonly column: number;
}

/** A mutant by words alone, so that its name outlives edits elsewhere in its file: where it is, what stood there, what stands there now. */
const survivor = z.strictObject({
  in: z.string(),
  from: z.string(),
  to: z.string(),
  /** How many of this name survive. */
  times: z.int().min(2).optional(),
  /** Why no test can kill it, or should. */
  why: z.string().min(20),
});
type Survivor = z.infer<typeof survivor>;
export type Named = Omit<Survivor, 'why' | 'times'>;

/** Explained survivors, by the path of their file. */
export const survivorsSchema = z.record(z.string(), z.array(survivor));

/** Names a mutant by the declaration at the margin that it stands in, its text, and what it was replaced with. */
export function nameOf(source: string, { location: { start, end }, replacement }: Mutant): Named {
  const lines = source.split('\n');
  const declared = lines.slice(0, start.line).findLast((line) => declaration.test(line)) ?? '';
  const text = lines.slice(start.line - 1, end.line);
  text[text.length - 1] = text.at(-1)?.slice(0, end.column - 1) ?? '';
  text[0] = text[0]?.slice(start.column - 1) ?? '';
  return { in: declaration.exec(declared)?.[1] ?? '', from: inShort(text.join('\n')), to: inShort(replacement) };
}

const declaration = /^(?:export )?(?:async )?(?:function\*?|const|class) (\w+)/;

/** In one line, with both ends of what is long: the middle may change, and it is the same mutant. */
function inShort(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= 100 ? line : `${line.slice(0, 60)} … ${line.slice(-30)}`;
}

/** What survived and is not explained, and what is explained and does not survive, each as often as it is so. */
export function compare<T extends Named>(survived: readonly T[], explained: readonly Survivor[]) {
  const keyOf = ({ in: where, from, to }: Named) => JSON.stringify([where, from, to]);
  const open = explained.flatMap((one) => Array<Survivor>(one.times ?? 1).fill(one));
  const unexplained = survived.filter((one) => {
    const at = open.findIndex((other) => keyOf(other) === keyOf(one));
    if (at >= 0) open.splice(at, 1);
    return at < 0;
  });
  return { unexplained, outdated: open };
}
