import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusalsPage } from '#scripts/refusals-page';
import { readConfig } from '#signing-api/config';
import { isRefusal } from '#core/refusal';

const root = process.cwd();
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe('the README stays true', () => {
  it('links only to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '');
    expect(links.length).toBeGreaterThan(4);
    expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  });

  it('names only folders and files that exist', () => {
    const paths = [
      ...readme.matchAll(
        /`((?:core|verifier|signer-agent|signing-api|certs-test|scripts|test|bench|docs)\/[\w./-]*)`/g,
      ),
    ];
    expect(paths.length).toBeGreaterThan(6);
    expect(paths.map((match) => match[1] ?? '').filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const named = [...readme.matchAll(/npm (?:run )?([\w:-]+)/g)]
      .map((match) => match[1] ?? '')
      .filter((name) => name !== 'packages');
    expect(named).toContain('demo');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it('names only kyso commands that exist', () => {
    const usage = readFileSync(join(root, 'scripts/kyso.ts'), 'utf8');
    const named = [...readme.matchAll(/kyso\.js (\w+)/g)].map((match) => match[1] ?? '');
    expect(named.length).toBeGreaterThan(3);
    expect(named.filter((name) => !usage.includes(`  ${name}: {`))).toEqual([]);
  });

  it('names every environment variable that the service reads, and no other', () => {
    const source = readFileSync(join(root, 'signing-api/config.ts'), 'utf8');
    const read = new Set([...source.matchAll(/^ {4}([A-Z_]+): /gm)].map((match) => match[1] ?? ''));
    const table = readme.slice(readme.indexOf('| variable |'), readme.indexOf("A unit's system"));
    const told = new Set(
      [...table.matchAll(/`((?:KYSO_|DATABASE_)[A-Z_]+)`/g)].map((match) => match[1] ?? ''),
    );
    expect([...told].sort()).toEqual([...read].sort());
  });

  it('says what the service does with an empty configuration: refuses, naming every fault', () => {
    let refusal: unknown;
    try {
      readConfig({});
    } catch (error) {
      refusal = error;
    }
    expect(isRefusal(refusal, 'CONFIG_INVALID') && refusal.faults.length).toBeGreaterThan(4);
  });

  it('carries the exit codes that the verifier has', () => {
    const source = readFileSync(join(root, 'verifier/cli/exit-code.ts'), 'utf8');
    expect(source).toContain('valid: 0, invalid: 1, unreadable: 2, undetermined: 3, takenBack: 4');
    expect(readme).toContain(
      'exits 0 valid, 1 invalid, 2 usage or unreadable, 3 undetermined, 4 revoked or superseded',
    );
  });
});

it('docs/refusals.md is what the code says', () => {
  expect(readFileSync(join(root, 'docs/refusals.md'), 'utf8')).toBe(refusalsPage());
});
