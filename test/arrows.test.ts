import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rules } from './arrows/rules.ts';
import { readSource } from './arrows/source.ts';
import type { Source } from './arrows/source.ts';

const parts = ['core', 'verifier', 'signer-agent', 'signing-api', 'web', 'certs-test', 'scripts'];

function sources(): Source[] {
  return parts
    .filter((part) => existsSync(part))
    .flatMap((part) =>
      readdirSync(part, { recursive: true, encoding: 'utf8' })
        .map((path) => join(part, path))
        .filter((path) => /\.(ts|mjs|js)$/.test(path))
        .map((path) => readSource(path, readFileSync(path, 'utf8'))),
    );
}

function check(rule: string, path: string, text: string): string[] {
  return rules[rule]?.(readSource(path, text)) ?? [`no such rule: ${rule}`];
}

describe('the arrows between the parts', () => {
  const all = sources();

  it('are read from files of every part that has any', () => {
    expect(all.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['core/refusal.ts', 'scripts/set-up.mjs']),
    );
    expect(all.flatMap(({ references }) => references).length).toBeGreaterThan(20);
  });

  it.each(Object.keys(rules))('%s', (rule) => {
    const wrong = all.flatMap((source) =>
      (rules[rule]?.(source) ?? []).map((found) => `${source.path}: ${found}`),
    );
    expect(wrong).toEqual([]);
  });
});

const below = 'a part imports only the parts below it';
const quiet = 'core has no clock, disk, network or randomness';

describe('the arrow test itself', () => {
  it.each([
    [below, 'core/a.ts', `import { x } from '#verifier/x';`],
    [below, 'core/a.ts', `export { x } from '../verifier/x.ts';`],
    [below, 'verifier/a.ts', `import type { X } from '#signing-api/x';`],
    [below, 'signer-agent/a.ts', `const x = await import('#signing-api/x');`],
    [below, 'signing-api/a.ts', `let x: import('../signer-agent/x.ts').X;`],
    [below, 'web/a.ts', `import '#certs-test/x';`],
    [below, 'certs-test/a.ts', `import { x } from '#verifier/x';`],
    [below, 'signing-api/steps/a.ts', `import { x } from '../../test/helpers.ts';`],
    [below, 'signing-api/a.ts', `import { x } from '#scripts/demo/x';`],
    [below, 'signer-agent/a.ts', `import { x } from '../bench/x.ts';`],
    ['core imports no builtin of Node', 'core/a.ts', `import { readFileSync } from 'node:fs';`],
    [quiet, 'core/a.ts', `const b = Buffer.from('x');`],
    [quiet, 'core/a.ts', `const at = new Date();`],
    [quiet, 'core/a.ts', `const at = Date.now();`],
    [quiet, 'core/a.ts', `const n = Math.random();`],
    [quiet, 'core/a.ts', `const n = crypto.randomUUID();`],
    [quiet, 'core/a.ts', `const e = process.env;`],
    [quiet, 'core/a.ts', `const e = globalThis.process.env;`],
    ['pkcs11js is known to two files', 'signer-agent/main.ts', `import { PKCS11 } from 'pkcs11js';`],
    ['pkcs11js is known to two files', 'signer-agent/main.ts', `createRequire(import.meta.url)('pkcs11js');`],
    ['pkijs and asn1js never judge', 'verifier/der/a.ts', `import * as asn1 from 'asn1js';`],
    ['only the store holds SQL', 'signing-api/steps/a.ts', `import { Pool } from 'pg';`],
    ['only the store holds SQL', 'signing-api/steps/a.ts', 'const q = `INSERT INTO batches VALUES (${x})`;'],
    ['only the store holds SQL', 'signing-api/routes/a.ts', `db.query('select a from b where c = $1');`],
    [
      'routes import steps and core, never the store',
      'signing-api/routes/a.ts',
      `import { x } from '../store/x.ts';`,
    ],
    ['set-up scripts import no package', 'scripts/set-up/a.mjs', `import ts from 'typescript';`],
  ])('catches: %s (%s: %s)', (rule, path, text) => {
    expect(check(rule, path, text)).toHaveLength(1);
  });

  it.each([
    [below, 'core/a.ts', `import { z } from 'zod'; import { y } from '../core/y.ts';`],
    [below, 'scripts/demo/a.ts', `import { x } from '#signing-api/x'; import { y } from '#certs-test/y';`],
    [
      quiet,
      'core/a.ts',
      `export const f = (crypto: Crypto, at: Date) => crypto.sha256(new Date(at.getTime()));`,
    ],
    ['pkcs11js is known to two files', 'signer-agent/token/pkcs11.ts', `import { PKCS11 } from 'pkcs11js';`],
    [
      'only the store holds SQL',
      'signing-api/store/a.ts',
      `import { Pool } from 'pg'; p.query('SELECT 1 FROM x');`,
    ],
    ['only the store holds SQL', 'signing-api/steps/a.ts', `const hint = 'Select one record from the list';`],
    [
      'routes import steps and core, never the store',
      'signing-api/routes/a.ts',
      `import { x } from '../steps/x.ts';`,
    ],
  ])('lets pass: %s (%s: %s)', (rule, path, text) => {
    expect(check(rule, path, text)).toEqual([]);
  });
});
