import { appendFileSync, readFileSync } from 'node:fs';

/** What the target serves: a slot and what runs in it; null where nothing does. */
export interface Serves {
  readonly slot: string;
  readonly release: string | null;
}

/** One effect, or one request for an effect that the target refused. Times are milliseconds since the epoch. */
export interface EffectLine {
  readonly kind: 'effect' | 'refused';
  /** `service/environment`. */
  readonly target: string;
  readonly deployment: string;
  readonly step: string;
  /** A compensation of the step, as its key says. */
  readonly undo: boolean;
  readonly fence: number;
  readonly key: string;
  /** `PUT /route green`. */
  readonly what: string;
  readonly digest: string | null;
  /** When the request arrived. */
  readonly begin: number;
  /** When the effect was in place. */
  readonly end: number;
  /** The target is another one than before. */
  readonly changed: boolean;
  /** Everything that lasts, as text: equal texts are equal targets. */
  readonly state: string;
  readonly serves: Serves;
  readonly why?: string;
}

/** What a target was before anybody touched it. */
export interface InitialLine {
  readonly kind: 'initial';
  readonly target: string;
  readonly state: string;
  readonly serves: Serves;
}

export type LogLine = EffectLine | InitialLine;

/** A file that is only ever appended to, a line of JSON each. */
export class EffectLog {
  readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  append(line: LogLine): void {
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }

  read(): readonly LogLine[] {
    return readLog(readFileSync(this.file, 'utf8'));
  }
}

export function readLog(text: string): readonly LogLine[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}
