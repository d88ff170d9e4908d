/** A value of JSON with its numbers as they were written: two that differ beyond what a double holds are two. */
export type Exact = null | boolean | string | ExactNumber | readonly Exact[] | ReadonlyMap<string, Exact>;

/** The digits of a number in one form: `1.50`, `15e-1` and `1.5` are the same. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What is deeper or longer is no configuration. */
const maxDepth = 64;
const maxNumberLength = 1_000;

/** Up to so many places a number is written without exponent. */
const maxPlaces = 40n;

/** Throws `SyntaxError` for what is no JSON, and a `RangeError` that says what for JSON that does not say one thing. */
export function parseExact(text: string): Exact {
  JSON.parse(text);
  return new Scanner(text).value(0);
}

/** The canonical text of a value: names sorted, no white space. */
export function exactText(value: Exact): string {
  if (value instanceof ExactNumber) return value.text;
  if (isList(value)) return `[${value.map(exactText).join(',')}]`;
  if (!(value instanceof Map)) return JSON.stringify(value);
  const members = [...(value as ReadonlyMap<string, Exact>)].sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${exactText(member)}`).join(',')}}`;
}

export function isList(value: Exact): value is readonly Exact[] {
  return Array.isArray(value);
}

/** Goes through a text that is known to be JSON. */
class Scanner {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): Exact {
    if (depth > maxDepth) throw new RangeError(`more than ${maxDepth} levels`);
    switch (this.next()) {
      case '{':
        return this.members(depth);
      case '[':
        return this.items(depth);
      case '"':
        return this.string();
      default:
        return this.word();
    }
  }

  /** The next character that is no white space; it is not taken. Empty at the end. */
  private next(): string {
    while (' \t\n\r'.includes(this.text[this.at] ?? '.')) this.at += 1;
    return this.text[this.at] ?? '';
  }

  /** Takes the next character and answers whether it closes what was open. */
  private closes(end: string): boolean {
    const isEnd = this.next() === end;
    this.at += 1;
    return isEnd;
  }

  private members(depth: number): ReadonlyMap<string, Exact> {
    const members = new Map<string, Exact>();
    this.at += 1;
    if (this.next() === '}') this.at += 1;
    else
      do {
        this.next();
        const name = this.string();
        if (members.has(name)) throw new RangeError('a key stands twice in it');
        this.closes(':');
        members.set(name, this.value(depth + 1));
      } while (!this.closes('}'));
    return members;
  }

  private items(depth: number): readonly Exact[] {
    const items: Exact[] = [];
    this.at += 1;
    if (this.next() === ']') this.at += 1;
    else
      do {
        items.push(this.value(depth + 1));
      } while (!this.closes(']'));
    return items;
  }

  private string(): string {
    const from = this.at;
    for (this.at += 1; this.text[this.at] !== '"'; this.at += 1) if (this.text[this.at] === '\\') this.at += 1;
    this.at += 1;
    return JSON.parse(this.text.slice(from, this.at)) as string;
  }

  private word(): Exact {
    const from = this.at;
    while (/[-+.\w]/.test(this.text[this.at] ?? ' ')) this.at += 1;
    const word = this.text.slice(from, this.at);
    if (word === 'null') return null;
    if (word === 'true' || word === 'false') return word === 'true';
    if (word.length > maxNumberLength) throw new RangeError(`a number of more than ${maxNumberLength} characters`);
    return new ExactNumber(oneForm(word));
  }
}

/** A number as JSON writes it, without what makes no difference. */
function oneForm(number: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  // The value is `digits` times ten to this power.
  const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(all.length - digits.length);
  const places = BigInt(digits.length) + exponent;
  if (exponent >= 0n && places <= maxPlaces) return sign + digits + '0'.repeat(Number(exponent));
  if (exponent < 0n && places > 0n) return `${sign}${digits.slice(0, Number(places))}.${digits.slice(Number(places))}`;
  if (exponent < 0n && places > -maxPlaces) return `${sign}0.${'0'.repeat(Number(-places))}${digits}`;
  return `${sign}${digits}e${exponent}`;
}
