import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** One import, export-from or dynamic import, as written and as resolved. */
export interface Reference {
  readonly specifier: string;
  /** `core`, `signing-api` … for files of the project; `node` for builtins; `package` for all else */
  readonly part: string;
  /** path inside the project without extension, e.g. `signing-api/store/pool`; the package's name for packages */
  readonly target: string;
  readonly typeOnly: boolean;
}

export interface Source {
  readonly path: string;
  readonly part: string;
  readonly references: readonly Reference[];
  readonly tree: ts.SourceFile;
}

/** @param path inside the project, with forward slashes */
export function readSource(path: string, text: string): Source {
  const tree = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const references: Reference[] = [];
  walk(tree, (node) => {
    const found = specifierOf(node);
    if (found !== undefined) references.push({ ...resolveFrom(path, found.specifier), ...found });
  });
  return { path, part: partOf(path), references, tree };
}

export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

function specifierOf(node: ts.Node): { specifier: string; typeOnly: boolean } | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return {
      specifier: node.moduleSpecifier.text,
      typeOnly: node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
    };
  }
  if (
    ts.isExportDeclaration(node) &&
    node.moduleSpecifier !== undefined &&
    ts.isStringLiteral(node.moduleSpecifier)
  ) {
    return { specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  if (
    ts.isImportTypeNode(node) &&
    ts.isLiteralTypeNode(node.argument) &&
    ts.isStringLiteral(node.argument.literal)
  ) {
    return { specifier: node.argument.literal.text, typeOnly: true };
  }
  if (ts.isCallExpression(node) && loadsModule(node.expression)) {
    const [argument] = node.arguments;
    if (argument !== undefined && ts.isStringLiteralLike(argument))
      return { specifier: argument.text, typeOnly: false };
  }
  return undefined;
}

/** `import('x')`, `require('x')`, `require.resolve('x')`, `createRequire(…)('x')` */
function loadsModule(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  if (ts.isIdentifier(callee)) return callee.text === 'require';
  if (ts.isPropertyAccessExpression(callee))
    return callee.name.text === 'resolve' && loadsModule(callee.expression);
  return (
    ts.isCallExpression(callee) &&
    ts.isIdentifier(callee.expression) &&
    callee.expression.text === 'createRequire'
  );
}

function resolveFrom(path: string, specifier: string): { part: string; target: string } {
  if (specifier.startsWith('node:')) return { part: 'node', target: specifier };
  if (specifier.startsWith('#')) return { part: partOf(specifier.slice(1)), target: specifier.slice(1) };
  if (specifier.startsWith('.')) {
    const target = normalize(join(dirname(path), specifier)).replace(/\.(ts|mjs|js)$/, '');
    return { part: partOf(target), target };
  }
  const [first = '', second = ''] = specifier.split('/');
  return { part: 'package', target: first.startsWith('@') ? `${first}/${second}` : first };
}

function partOf(path: string): string {
  return path.split('/')[0] ?? '';
}
