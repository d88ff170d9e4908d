import { fileURLToPath } from 'node:url';
import { getLibFiles, ts } from '@ts-morph/common';
import { inForm } from './formats.ts';

// What has no schema is described by its TypeScript type: entries of the journal and records, which only Gantry writes.

/** A member of a type as a row of the reference says it. */
export interface Member {
  readonly path: string;
  readonly meaning: string;
  /** Its type in words; a named one as a link to its own table. */
  readonly takes: string;
  readonly isOptional: boolean;
}

/** A type with a name, and its members; of a choice those of each. */
export interface NamedType {
  readonly name: string;
  readonly meaning: string;
  readonly variants: readonly (readonly Member[])[];
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

/** The types of the language itself are in no folder: the package brings them along as texts. */
function hostWithLib(): ts.CompilerHost {
  const libs = new Map(getLibFiles().map(({ fileName, text }) => [`/lib/${fileName}`, text]));
  const host = ts.createCompilerHost(options);
  const fromDisk = { getSourceFile: host.getSourceFile.bind(host), fileExists: host.fileExists.bind(host) };
  return {
    ...host,
    getDefaultLibFileName: () => '/lib/lib.es2023.d.ts',
    getDefaultLibLocation: () => '/lib',
    fileExists: (file) => libs.has(file) || fromDisk.fileExists(file),
    readFile: (file) => libs.get(file) ?? ts.sys.readFile(file),
    getSourceFile(file, version) {
      const text = libs.get(file);
      return text === undefined ? fromDisk.getSourceFile(file, version) : ts.createSourceFile(file, text, version);
    },
  };
}

/** Reads types of one file of the sources, and of all that they are made of. */
export class Types {
  private readonly checker: ts.TypeChecker;
  private readonly source: ts.SourceFile;
  private readonly named = new Map<string, ts.Type>();
  private readonly meanings: Readonly<Record<string, string>>;

  /** `meanings`: of members that mean the same wherever they stand, by their names. */
  constructor(file: string, meanings: Readonly<Record<string, string>>) {
    const path = fileURLToPath(new URL(`../../${file}`, import.meta.url));
    const program = ts.createProgram([path], options, hostWithLib());
    const source = program.getSourceFile(path);
    if (!source) throw new Error(`There is no ${file}.`);
    this.checker = program.getTypeChecker();
    this.source = source;
    this.meanings = meanings;
  }

  /** The members of a declared type, by its name. */
  membersOf(
    name: string,
  ): readonly { readonly name: string; readonly meaning: string; readonly members: readonly Member[] }[] {
    return this.propertiesOf(this.declared(name)).map((property) => ({
      name: property.name,
      meaning: this.said(property),
      members: this.isObject(this.typeOf(property)) ? this.rows(this.typeOf(property), '') : [],
    }));
  }

  /** Every type that a table has linked to so far, and what those link to. */
  linked(): readonly NamedType[] {
    const done = new Map<string, NamedType>();
    for (;;) {
      const next = [...this.named].find(([name]) => !done.has(name));
      if (!next) return [...done.values()].toSorted((a, b) => a.name.localeCompare(b.name));
      const [name, type] = next;
      const variants = type.isUnion() ? type.types : [type];
      const meaning = this.said(type.aliasSymbol ?? type.getSymbol());
      done.set(name, { name, meaning, variants: variants.map((one) => this.rows(one, '')) });
    }
  }

  private declared(name: string): ts.Type {
    const found = this.source.statements.find(
      (one): one is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
        (ts.isInterfaceDeclaration(one) || ts.isTypeAliasDeclaration(one)) && one.name.text === name,
    );
    if (!found) throw new Error(`There is no type ${name}.`);
    return this.checker.getTypeAtLocation(found);
  }

  private propertiesOf(type: ts.Type): readonly ts.Symbol[] {
    return this.checker.getPropertiesOfType(type);
  }

  private typeOf(property: ts.Symbol): ts.Type {
    return this.checker.getTypeOfSymbolAtLocation(property, this.source);
  }

  private said(symbol: ts.Symbol | undefined): string {
    const text = symbol ? ts.displayPartsToString(symbol.getDocumentationComment(this.checker)) : '';
    return text
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/\{@link (\w+)\}/g, '`$1`')
      .trim();
  }

  private rows(type: ts.Type, under: string): readonly Member[] {
    return this.propertiesOf(type).flatMap((property) => {
      const path = `${under}${property.name}`;
      const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
      const whole = this.typeOf(property);
      const member = this.checker.getNonNullableType(whole);
      const meaning = this.said(property) || (this.meanings[property.name] ?? '');
      const row = { path, meaning, takes: inForm(this.words(whole), path), isOptional };
      return [row, ...this.below(member, path)];
    });
  }

  /** Members of what has no name of its own. */
  private below(type: ts.Type, path: string): readonly Member[] {
    const item = this.itemOf(type);
    if (item) return this.below(this.checker.getNonNullableType(item), `${path}[]`);
    if (!this.isObject(type) || this.nameOf(type) !== null) return [];
    return this.rows(type, `${path}.`);
  }

  private itemOf(type: ts.Type): ts.Type | undefined {
    return this.checker.isArrayType(type) ? this.checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;
  }

  private isObject(type: ts.Type): boolean {
    return (type.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) !== 0 && this.propertiesOf(type).length > 0;
  }

  /** The name under which it has a table; null: it has none, or is no object. */
  private nameOf(type: ts.Type): string | null {
    const parts = type.isUnion() ? type.types : [type];
    if (!parts.every((one) => this.isObject(one) && !this.itemOf(one))) return null;
    const name = type.aliasSymbol?.name ?? (type.isUnion() ? undefined : type.getSymbol()?.name);
    return name === undefined || name.startsWith('__') || utility.has(name) ? null : name;
  }

  private words(type: ts.Type): string {
    const alias = type.aliasSymbol?.name;
    if (alias !== undefined && alias in elsewhere) return elsewhere[alias] ?? '';
    const name = this.nameOf(type);
    if (name !== null) {
      this.named.set(name, type);
      return `[${name}](#${name.toLowerCase()})`;
    }
    const item = this.itemOf(type);
    if (item) return `list of ${this.words(item)}`;
    if (type.isUnion()) return this.choice(type);
    if (type.isStringLiteral()) return `\`${type.value}\``;
    if (type.isNumberLiteral()) return `\`${type.value}\``;
    if (this.isObject(type)) return 'object';
    const text = this.checker.typeToString(type);
    if (text in elsewhere) return elsewhere[text] ?? '';
    return basic[text] ?? (text.startsWith('{') ? 'object' : `\`${text}\``);
  }

  private choice(type: ts.UnionType): string {
    const words = type.types.filter((one) => (one.flags & ts.TypeFlags.Undefined) === 0).map((one) => this.words(one));
    const isBoolean = words.includes('`true`') && words.includes('`false`');
    const own = words.filter((one) => !isBoolean || (one !== '`true`' && one !== '`false`'));
    const nulls = own.filter((one) => one === '`null`');
    const others = [...(isBoolean ? ['`true`, `false`'] : []), ...own.filter((one) => one !== '`null`')];
    const areValues = others.every((one) => one.startsWith('`'));
    return [[...new Set(others)].join(areValues ? ', ' : ' or '), ...nulls].filter((one) => one !== '').join(' or ');
  }
}

/** Types that are described elsewhere, or need no description. */
const elsewhere: Readonly<Record<string, string>> = {
  ErrorCode: '[code](errors.md)',
  EntryType: '[type of an entry](journal.md#entries)',
  Json: 'JSON',
  JsonObject: 'JSON',
};

/** Names of TypeScript's own, which say nothing to people. */
const utility: ReadonlySet<string> = new Set(['Pick', 'Omit', 'Readonly', 'Record', 'Partial']);
const basic: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  boolean: '`true`, `false`',
  null: '`null`',
  unknown: 'JSON',
};
