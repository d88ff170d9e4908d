import { plain, type Terminal } from '../terminal.ts';

/** What is wrong with a file, where. */
export interface ShownFault {
  /** 1 for the first; null where it has no place in the file. */
  readonly line: number | null;
  readonly pointer: string;
  readonly detail: string;
  /** The id of the step that it is in, in a procedure. */
  readonly step?: string | null;
  /** Environments in which it is a fault, where it is none in others. */
  readonly environments?: readonly string[];
}

/** Faults as compilers print them, line by line. */
export function renderFaults(file: string, faults: readonly ShownFault[], paint: Terminal['paint']): readonly string[] {
  return faults.map(({ line, pointer, detail, step = null, environments = [] }) => {
    const place = line === null ? file : `${file}:${line}`;
    const where = [...(step === null ? [] : [`step ${step}`]), ...(pointer === '' ? [] : [pointer])].join(', ');
    const of = environments.length === 0 ? '' : ` (in ${environments.join(', ')})`;
    return `${paint.bold(plain(place))} ${plain(`${where === '' ? '' : `${where}: `}${detail}${of}`)}`;
  });
}

export function faultCount(faults: readonly ShownFault[]): string {
  return `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}.`;
}
