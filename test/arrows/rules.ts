import ts from 'typescript';
import { walk } from './source.ts';
import type { Reference, Source } from './source.ts';

/** A rule gives what is wrong with one file; nothing when it holds. */
export type Rule = (source: Source) => string[];

const arrows: Record<string, readonly string[]> = {
  core: [],
  verifier: ['core'],
  'signer-agent': ['core', 'verifier'],
  'signing-api': ['core', 'verifier'],
  web: ['core', 'verifier'],
  'certs-test': ['core'],
};

const pkcs11Homes = [
  'signer-agent/token/pkcs11.ts',
  'signer-agent/token/pkcs11-child.ts',
  'certs-test/soft-token.ts',
];
const sqlHomes = ['signing-api/store/', 'signing-api/migrations/', 'signing-api/postgres/'];
const bareGlobals = [
  'Buffer',
  'process',
  'performance',
  'fetch',
  'setTimeout',
  'setInterval',
  'crypto',
  'require',
];
const statement =
  /^(?:select\s.+\sfrom\s|with\s.+\sas\s.*\(|insert\s+into\s|update\s+\S+\s+set\s|delete\s+from\s|copy\s.+\sstd(?:in|out)|create\s+(?:table|index|view|role|unique)|alter\s+table\s|truncate\s+\S+$)/is;

export const rules: Record<string, Rule> = {
  'a part imports only the parts below it': (source) => {
    const allowed = arrows[source.part];
    if (allowed === undefined) return [];
    return refuse(source, ({ part }) => part !== source.part && !allowed.includes(part) && !isOutside(part));
  },

  'core imports no builtin of Node': (source) =>
    source.part === 'core' ? refuse(source, ({ part }) => part === 'node') : [],

  'core has no clock, disk, network or randomness': (source) =>
    source.part === 'core' ? [...globalsIn(source), ...clocksIn(source)] : [],

  'pkcs11js is known to two files': (source) =>
    isPart(source) && !pkcs11Homes.includes(source.path)
      ? refuse(source, ({ target }) => target === 'pkcs11js')
      : [],

  'pkijs and asn1js never judge': (source) =>
    ['core', 'verifier'].includes(source.part)
      ? refuse(source, ({ target }) => target === 'pkijs' || target === 'asn1js')
      : [],

  'only the store holds SQL': (source) =>
    isPart(source) && !sqlHomes.some((home) => source.path.startsWith(home))
      ? [
          ...refuse(
            source,
            ({ target, typeOnly }) => !typeOnly && ['pg', 'pg-copy-streams'].includes(target),
          ),
          ...textsIn(source).filter(isSql),
        ]
      : [],

  'routes import steps and core, never the store': (source) =>
    source.path.startsWith('signing-api/routes/')
      ? refuse(source, ({ target }) => target.startsWith('signing-api/store/'))
      : [],

  'set-up scripts import no package': (source) =>
    source.path.endsWith('.mjs') ? refuse(source, ({ part }) => part === 'package') : [],
};

function isPart(source: Source): boolean {
  return arrows[source.part] !== undefined;
}

function isOutside(part: string): boolean {
  return part === 'node' || part === 'package';
}

function refuse(source: Source, isWrong: (reference: Reference) => boolean): string[] {
  return source.references.filter(isWrong).map(({ specifier }) => specifier);
}

/** Uses of globals that the file does not declare itself (a port named `crypto` may be handed in). */
function globalsIn({ tree }: Source): string[] {
  const declared = new Set<string>();
  const used: string[] = [];
  walk(tree, (node) => {
    if (!ts.isIdentifier(node)) return;
    if (isDeclaration(node)) declared.add(node.text);
    else if (bareGlobals.includes(node.text) && !isMemberName(node)) used.push(node.text);
  });
  return used.filter((name) => !declared.has(name));
}

function isDeclaration(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      ts.isFunctionDeclaration(parent)) &&
    parent.name === node
  );
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) &&
      parent.name === node &&
      parent.expression.getText() !== 'globalThis') ||
    ((ts.isPropertyAssignment(parent) || ts.isPropertySignature(parent) || ts.isMethodSignature(parent)) &&
      parent.name === node)
  );
}

function clocksIn({ tree }: Source): string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    if (
      ts.isNewExpression(node) &&
      node.expression.getText() === 'Date' &&
      (node.arguments?.length ?? 0) === 0
    ) {
      found.push('new Date()');
    }
    if (ts.isPropertyAccessExpression(node) && ['Date.now', 'Math.random'].includes(node.getText()))
      found.push(node.getText());
    if (ts.isCallExpression(node) && node.expression.getText() === 'Date') found.push('Date()');
  });
  return found;
}

/** Keywords are written in one case; a sentence for people begins with a capital only. */
function isSql(text: string): boolean {
  const trimmed = text.trim();
  return statement.test(trimmed) && !/^[A-Z][a-z]/.test(trimmed);
}

function textsIn({ tree }: Source): string[] {
  const texts: string[] = [];
  walk(tree, (node) => {
    if (ts.isStringLiteralLike(node)) texts.push(node.text);
    if (ts.isTemplateExpression(node)) texts.push(node.getText().slice(1, -1));
  });
  return texts;
}
