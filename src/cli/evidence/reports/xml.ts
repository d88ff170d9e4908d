import { XMLParser } from 'fast-xml-parser';
import { unreadable } from './report.ts';

/** An element with its name and those of its attributes in lower case, without the prefix of a name space. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseAttributeValue: false,
  parseTagValue: false,
});

/** The root of a document. Throws `invalid-evidence` for invalid XML and for a document type: nothing is expanded. */
export function rootOf(xml: string): Element {
  const outsideText = xml.replace(/<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->/g, '');
  if (/<!(DOCTYPE|ENTITY)/i.test(outsideText)) throw unreadable('it has a document type, which is not read');
  const roots = elementsOf(parsed(xml)).filter(({ name }) => !name.startsWith('?'));
  const [root] = roots;
  if (roots.length !== 1 || !root) throw unreadable(`it has ${roots.length} roots`);
  return root;
}

/** Everything in an element, at any depth. */
export function within({ children }: Element): readonly Element[] {
  return children.flatMap((child) => [child, ...within(child)]);
}

function parsed(xml: string): unknown {
  try {
    return parser.parse(xml, true) as unknown;
  } catch (cause) {
    throw unreadable(cause instanceof Error ? cause.message.replace(/:undefined$/, '') : 'it is no XML', cause);
  }
}

/** The parser's own form: one object for each node, its name the key, its attributes under `:@`. */
function elementsOf(nodes: unknown): readonly Element[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((node: Readonly<Record<string, unknown>>): Element[] => {
    const name = Object.keys(node).find((key) => key !== ':@');
    if (name === undefined || name === '#text') return [];
    const attributes = Object.entries((node[':@'] ?? {}) as Readonly<Record<string, string>>);
    return [
      {
        name: local(name),
        // Those without a prefix win.
        attributes: Object.fromEntries(
          [...attributes]
            .sort(([a], [b]) => Number(b.includes(':')) - Number(a.includes(':')))
            .map(([key, value]) => [local(key), value]),
        ),
        children: elementsOf(node[name]),
      },
    ];
  });
}

function local(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1).toLowerCase();
}
