import { valueInWords } from '../../domain/base/value-in-words.ts';
import { plain } from '../terminal.ts';
import { shortened } from './steps.ts';

/** A value of a plan or a policy in one line; `absent`: where there is none. `name`: as `valueInWords` takes it. */
export function valueOf(value: unknown, absent: string, name: string): string {
  return value === undefined ? absent : shortened(plain(valueInWords(value, name)));
}
