/**
 * Who has written a block, and in which order. Every grant of the lock has a greater fence than the one before, so a late
 * writer finds that a newer one was there.
 */
export interface Stamp {
  /** `service/environment`. */
  readonly target: string;
  readonly fence: number;
  /** Counts the writings of one deployment. */
  readonly writing: number;
}

export type Rewriting =
  /** `isSame`: the words were there already, under an older stamp. */
  | { readonly kind: 'rewritten'; readonly text: string; readonly before: string; readonly isSame: boolean }
  /** This very writing was there already. */
  | { readonly kind: 'same' }
  /** A later writer of the same target was there; `by` says which. */
  | { readonly kind: 'newer'; readonly by: string }
  | { readonly kind: 'trouble'; readonly why: string };

const stamped = /<!--[ \t]*([a-z0-9-]+\/[a-z0-9-]+) ([0-9]{1,15})\.([0-9]{1,15})\b[^\n]*?-->[ \t]*/;

/**
 * Puts `content` between the markers of the block `name`, under the stamp of its writer: also over the same words, so
 * that a late writer finds a newer stamp. The rest of the file stays as it is, its ends of lines too. A block that another
 * target has written is left alone.
 */
export function rewriteBlock(file: string, name: string, stamp: Stamp, content: string): Rewriting {
  const place = placeOf(file, name);
  if (typeof place === 'string') return { kind: 'trouble', why: place };
  const inner = file.slice(place.from, place.to);
  const found = stamped.exec(inner);
  const before = plain(found ? inner.replace(found[0], '') : inner);
  const isSame = before === plain(content);
  if (found) {
    const [, target = '', fence, writing] = found;
    if (target !== stamp.target) return { kind: 'trouble', why: `the block ${name} is that of ${target}` };
    const later = Number(fence) - stamp.fence || Number(writing) - stamp.writing;
    if (later > 0) return { kind: 'newer', by: `${target} ${fence}.${writing}` };
    if (later === 0 && isSame) return { kind: 'same' };
  }
  const eol = inner.startsWith('\r\n') ? '\r\n' : '\n';
  const by = `<!-- ${stamp.target} ${stamp.fence}.${stamp.writing}: written by Gantry, and written again when it changes -->`;
  const lines = ['', by, '', ...plain(content).split('\n'), '', ''];
  return {
    kind: 'rewritten',
    text: file.slice(0, place.from) + lines.join(eol) + file.slice(place.to),
    before,
    isSame,
  };
}

const plain = (text: string) => text.replaceAll('\r\n', '\n').trim();

const marker = /^\uFEFF?[ \t]*<!--[ \t]*(\/?)gantry:([a-z0-9-]+)[ \t]*-->[ \t]*$/;

/** Also behind what makes a list or a quotation: rather a marker too few than one that is an example. */
const fence = /^[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?(`{3,}|~{3,})(.*)$/;

/** The begin or the end of a block. */
interface Marker {
  readonly isEnd: boolean;
  readonly name: string;
  /** Of its line, without the end of that. */
  readonly from: number;
  readonly to: number;
}

/** Between which characters a block stands: behind the line of its begin, to the line of its end. */
interface Place {
  readonly from: number;
  readonly to: number;
}

/** Markers stand alone on their lines; what stands in a fenced code block, or within a sentence, is an example. */
function markersIn(file: string): readonly Marker[] {
  const markers: Marker[] = [];
  let from = 0;
  let open: string | null = null;
  for (const whole of file.split(/(?<=\n)/)) {
    const line = whole.replace(/\r?\n$/, '');
    const [, ticks = '', rest = ''] = fence.exec(line) ?? [];
    const [, slash, name] = marker.exec(line) ?? [];
    if (open !== null) {
      if (ticks.startsWith(open) && rest.trim() === '') open = null;
    } else if (ticks !== '' && !(ticks.startsWith('`') && rest.includes('`'))) open = ticks;
    else if (name !== undefined) markers.push({ isEnd: slash === '/', name, from, to: from + line.length });
    from += whole.length;
  }
  return markers;
}

/** Where a block stands, or why that is not clear. */
function placeOf(file: string, name: string): Place | string {
  const open: string[] = [];
  let place: { readonly from: number; readonly to: number | null } | null = null;
  for (const { isEnd, name: of, from, to } of markersIn(file)) {
    if (!isEnd) {
      if (of === name && place) return `the block ${name} is there more than once`;
      if (open.length > 0 && (of === name || open.includes(name)))
        return `the block ${of} stands inside the block ${open.at(-1)}`;
      if (of === name) place = { from: to, to: null };
      open.push(of);
      continue;
    }
    const isMatching = open.at(-1) === of;
    if (of === name) {
      if (!isMatching || !place || place.to !== null) return `the end of the block ${name} belongs to no begin`;
      place = { ...place, to: from };
    }
    if (isMatching) open.pop();
  }
  if (!place)
    return `there is no block ${name}: write <!-- gantry:${name} --> and <!-- /gantry:${name} --> into the file, each alone on its line and in no code`;
  return place.to === null ? `the block ${name} has no end` : { from: place.from, to: place.to };
}
