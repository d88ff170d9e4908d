import { isCollection, isNode, LineCounter, type Node, parseDocument } from 'yaml';

/** Tells in which line of a YAML document a JSON pointer points, 1 for the first; where nothing is, that of what would hold it. */
function linesOf(text: string): (pointer: string) => number {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: '1.2', schema: 'core', merge: false });
  return (pointer) => {
    let node: Node | null = isNode(document.contents) ? document.contents : null;
    let offset = node?.range?.[0] ?? 0;
    for (const part of partsOf(pointer)) {
      if (!isCollection(node)) break;
      const key = isMapOf(node) ? part : Number(part);
      const at = keyOffset(node, part);
      const next: unknown = node.get(key, true);
      if (!isNode(next)) {
        offset = at ?? offset;
        break;
      }
      offset = at ?? next.range?.[0] ?? offset;
      node = next;
    }
    return lines.linePos(offset).line;
  };
}

interface Finding {
  readonly pointer: string;
  readonly detail: string;
}

/** Tells the line of each finding in a text. Of one that is no YAML the reader itself says where. */
export function placesIn(text: string): (finding: Finding) => Finding & { readonly line: number } {
  const lineOf = linesOf(text);
  return ({ pointer, detail }) => {
    const said = /^.*?, line (\d+): (.*)$/s.exec(detail);
    return said
      ? { line: Number(said[1]), pointer, detail: said[2] ?? detail }
      : { line: lineOf(pointer), pointer, detail };
  };
}

const partsOf = (pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

function isMapOf(node: { readonly items: readonly unknown[] }): boolean {
  const [first] = node.items;
  return first !== null && typeof first === 'object' && 'key' in first;
}

/** Where a key of a map stands; a long value begins further down. */
function keyOffset(node: { readonly items: readonly unknown[] }, name: string): number | undefined {
  for (const item of node.items) {
    if (item === null || typeof item !== 'object' || !('key' in item)) continue;
    const { key } = item;
    if (isNode(key) && 'value' in key && String(key.value) === name) return key.range?.[0];
  }
  return undefined;
}
