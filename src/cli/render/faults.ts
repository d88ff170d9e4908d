import { plain, type Terminal } from '../terminal.ts';
import { excerpt } from './excerpt.ts';

/** What is wrong with a file, where. */
export interface ShownFault {
  /** 1 for the first; null where it has no place in the file. */
  readonly line: number | null;
  /** Null: only the line is known, if that is. */
  readonly column: number | null;
  readonly pointer: string;
  readonly detail: string;
  /** The id of the step that it is in, in a procedure. */
  readonly step?: string | null;
  /** Environments in which it is a fault, where it is none in others. */
  readonly environments?: readonly string[];
}

/** A file with faults, as it was read. */
interface ShownFile {
  readonly name: string;
  readonly text: string;
}

/** Faults as compilers print them, line by line: each with the line of the file, and a caret under its column. */
export function renderFaults(
  { name, text }: ShownFile,
  faults: readonly ShownFault[],
  paint: Terminal['paint'],
): readonly string[] {
  return faults.flatMap(({ line, column, pointer, detail, step = null, environments = [] }) => {
    const place = line === null ? name : `${name}:${line}`;
    const where = [...(step === null ? [] : [`step ${step}`]), ...(pointer === '' ? [] : [pointer])].join(', ');
    const of = environments.length === 0 ? '' : ` (in ${environments.join(', ')})`;
    const shown = line === null || column === null ? [] : excerpt(text, line, column).split('\n');
    return [
      `${paint.bold(plain(place))} ${plain(`${where === '' ? '' : `${where}: `}${detail}${of}`)}`,
      ...shown.map((one) => paint.dim(plain(one))),
    ];
  });
}

export function faultCount(faults: readonly ShownFault[]): string {
  return `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.`;
}
