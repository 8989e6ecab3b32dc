import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRefusal, isRefusalCode, Refusal, refusals, type RefusalCode } from '#core/refusal';
import { refusalTexts } from '#core/refusal-texts';
import { toProblem } from '#signing-api/errors';
import { problem } from '#core/wire/problem';

const codes = Object.keys(refusals) as RefusalCode[];
const parts = ['core', 'verifier', 'signer-agent', 'signing-api', 'certs-test', 'scripts'];
const own = ['core/refusal.ts', 'core/refusal-texts.ts'];
const source = parts
  .filter((part) => existsSync(part))
  .flatMap((part) => readdirSync(part, { recursive: true, encoding: 'utf8' }).map((name) => join(part, name)))
  .filter((path) => /\.(ts|mjs)$/.test(path) && !own.includes(path))
  .map((path) => readFileSync(path, 'utf8'))
  .join('\n');

describe('every refusal', () => {
  it.each(codes)('%s says what happened in both languages, and is a status of the edge', (code) => {
    const { vi, en } = refusalTexts[code];
    expect(vi).toMatch(/\S.*[.?]$/);
    expect(en).toMatch(/^[A-Z].*[.?]$/);
    expect(vi.normalize('NFC')).toBe(vi);
    expect(en).not.toBe(vi);
    expect([400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503]).toContain(refusals[code].http);
    const document = toProblem(
      new Refusal(code, { detail: 'for the log', faults: [{ at: '/a', code: 'X' }] }),
      'request',
    );
    expect(problem.parse(document)).toMatchObject({
      code,
      vi,
      en,
      title: en,
      status: refusals[code].http,
      fixable: refusals[code].fixable,
    });
    expect(JSON.stringify(document)).not.toContain('for the log');
  });

  it('has texts, and nothing else has', () => {
    expect(Object.keys(refusalTexts).sort()).toEqual([...codes].sort());
    const texts = Object.values(refusalTexts);
    expect(new Set(texts.map(({ en }) => en)).size).toBe(texts.length);
    expect(new Set(texts.map(({ vi }) => vi)).size).toBe(texts.length);
  });

  it('is used somewhere', () => {
    expect(codes.filter((code) => !new RegExp(`['"\`]${code}['"\`]`).test(source))).toEqual([]);
  });

  it('is named by its code wherever one is thrown', () => {
    const thrown = [...source.matchAll(/new Refusal\(\s*'([A-Z_]+)'/g)].map((found) => found[1] ?? '');
    expect(thrown.length).toBeGreaterThan(50);
    expect(thrown.filter((code) => !isRefusalCode(code))).toEqual([]);
  });
});

describe('a refusal', () => {
  it('keeps its cause, and its message is for engineers', () => {
    const cause = new Error('underneath');
    const refusal = new Refusal('PIN_WRONG', { detail: 'slot 1', cause });
    expect(refusal.cause).toBe(cause);
    expect(refusal.message).toBe('PIN_WRONG: slot 1');
    expect({ http: refusal.http, fixable: refusal.fixable, faults: refusal.faults }).toEqual({
      http: 409,
      fixable: true,
      faults: [],
    });
    expect(isRefusal(refusal, 'PIN_WRONG')).toBe(true);
    expect(isRefusal(refusal, 'PIN_LOCKED')).toBe(false);
    expect(isRefusal(cause)).toBe(false);
  });

  it('has a code of the closed list, inherited names not among them', () => {
    expect(isRefusalCode('toString')).toBe(false);
    expect(isRefusalCode('PIN_WRONG')).toBe(true);
  });
});
