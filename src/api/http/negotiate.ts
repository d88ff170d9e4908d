/** One range of an Accept header, such as `text/*;q=0.5`. */
interface Range {
  readonly type: string;
  readonly subtype: string;
  /** 0 to 1; 0: not wanted. */
  readonly quality: number;
}

const namePattern = /^[\w!#$&^.+*-]+$/;
const qualityPattern = /^[01](\.\d{0,3})?$/;

/**
 * The offered media type that a client prefers; null where it accepts none of them. The most specific matching range gives an
 * offer its quality (RFC 9110, 12.5.1). Ties go to the more specific range, then to the one the client lists first, then to
 * the first offer. Malformed ranges are ignored.
 */
export function negotiate(accept: string | undefined, offers: readonly [string, ...string[]]): string | null {
  const ranges = (accept ?? '').split(',').flatMap(rangeOf);
  if (ranges.length === 0) return offers[0];
  const wanted = offers.flatMap((offer) => {
    const fits = ranges
      .map((range, place) => ({ ...range, place, exactness: exactnessOf(range, offer) }))
      .filter(({ exactness }) => exactness > 0)
      .toSorted((a, b) => b.exactness - a.exactness || b.quality - a.quality);
    const best = fits[0];
    return best && best.quality > 0 ? [{ ...best, offer }] : [];
  });
  const [first] = wanted.toSorted((a, b) => b.quality - a.quality || b.exactness - a.exactness || a.place - b.place);
  return first?.offer ?? null;
}

function rangeOf(text: string): readonly Range[] {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [type = '', subtype = '', ...more] = name.split('/');
  if (more.length > 0 || !namePattern.test(type) || !namePattern.test(subtype)) return [];
  const given = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '');
  const quality = given === undefined ? 1 : qualityPattern.test(given) ? Math.min(1, Number(given)) : 0;
  return [{ type, subtype, quality }];
}

/** 3: named; 2: of its kind; 1: anything; 0: something else. */
function exactnessOf({ type, subtype }: Range, offer: string): number {
  const [offered = '', offeredSubtype = ''] = offer.split('/');
  if (type === offered && subtype === offeredSubtype) return 3;
  if (type === offered && subtype === '*') return 2;
  return type === '*' && subtype === '*' ? 1 : 0;
}
