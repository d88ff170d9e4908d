/**
 * Who has written a block, and in which order. A grant of the lock has a greater fence than every one before it, so a
 * writer that comes late finds that a later one was there.
 */
export interface Stamp {
  /** `service/environment`. */
  readonly target: string;
  readonly fence: number;
  /** Counts the writings of one deployment. */
  readonly writing: number;
}

export type Rewriting =
  | { readonly kind: 'rewritten'; readonly text: string; readonly before: string }
  /** It says so already. */
  | { readonly kind: 'same' }
  /** A later writer of the same target was there. */
  | { readonly kind: 'newer' }
  | { readonly kind: 'trouble'; readonly why: string };

const marker = /<!--[ \t]*(\/?)gantry:([a-z0-9-]+)[ \t]*-->/g;
const stamped = /<!--[ \t]*([a-z0-9-]+\/[a-z0-9-]+) ([0-9]{1,15})\.([0-9]{1,15})\b[^\n]*?-->[ \t]*/;

/**
 * Puts `content` between the markers of the block `name`, under a stamp that says who wrote it. Whatever else is in the
 * file stays as it is, its ends of lines too. A block that another target has written is nobody else's.
 */
export function rewriteBlock(file: string, name: string, stamp: Stamp, content: string): Rewriting {
  const place = placeOf(file, name);
  if (typeof place === 'string') return { kind: 'trouble', why: place };
  const inner = file.slice(place.from, place.to);
  const found = stamped.exec(inner);
  const before = plain(found ? inner.replace(found[0], '') : inner);
  if (found) {
    const [, target = '', fence, writing] = found;
    if (target !== stamp.target) return { kind: 'trouble', why: `the block ${name} is that of ${target}` };
    const later = Number(fence) - stamp.fence || Number(writing) - stamp.writing;
    if (later > 0) return { kind: 'newer' };
    if (later === 0 && before === plain(content)) return { kind: 'same' };
  }
  // Nothing of this deployment can still come, so an older stamp over the same words is left alone.
  if (stamp.writing === 1 && before === plain(content)) return { kind: 'same' };
  const eol = file.includes('\r\n') ? '\r\n' : '\n';
  const by = `<!-- ${stamp.target} ${stamp.fence}.${stamp.writing}: written by Gantry, and written again when it changes -->`;
  const lines = ['', by, '', ...plain(content).split('\n'), '', ''];
  return { kind: 'rewritten', text: file.slice(0, place.from) + lines.join(eol) + file.slice(place.to), before };
}

const plain = (text: string) => text.replaceAll('\r\n', '\n').trim();

/** Between which characters the block stands, or why that is not clear. */
function placeOf(file: string, name: string): { readonly from: number; readonly to: number } | string {
  const open: string[] = [];
  let place: { readonly from: number; readonly to: number | null } | null = null;
  for (const { 0: whole, 1: slash, 2: of = '', index } of file.matchAll(marker)) {
    if (slash === '') {
      if (of === name && place) return `the block ${name} is there more than once`;
      if (open.length > 0 && (of === name || open.includes(name)))
        return `the block ${of} stands inside the block ${open.at(-1)}`;
      if (of === name) place = { from: index + whole.length, to: null };
      open.push(of);
      continue;
    }
    const isMatching = open.at(-1) === of;
    if (of === name) {
      if (!isMatching || !place || place.to !== null) return `the end of the block ${name} belongs to no begin`;
      place = { ...place, to: index };
    }
    if (isMatching) open.pop();
  }
  if (!place)
    return `there is no block ${name}: write <!-- gantry:${name} --> and <!-- /gantry:${name} --> into the file`;
  return place.to === null ? `the block ${name} has no end` : { from: place.from, to: place.to };
}
