import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '#core/record/problems';
import { REASONS, reasonTexts, STAGE_ACTORS, STAGES, whoActs } from '#core/record/stage';

const folder = 'signing-api/migrations';
/** The newest definition of the view wins. */
const view = readdirSync(folder)
  .sort()
  .map((name) => readFileSync(join(folder, name), 'utf8'))
  .flatMap((sql) =>
    [...sql.matchAll(/create (?:or replace )?view record_stage as([\s\S]*?);\n/g)].map(
      (found) => found[1] ?? '',
    ),
  )
  .at(-1);

describe('reasons why a record is blocked', () => {
  it.each(REASONS)('%s has one who acts and words in both languages', (reason) => {
    expect(STAGE_ACTORS).toContain(whoActs[reason]);
    expect(reasonTexts[reason].vi.trim()).not.toBe('');
    expect(reasonTexts[reason].en.trim()).not.toBe('');
    expect(reasonTexts[reason].vi.normalize('NFC')).toBe(reasonTexts[reason].vi);
  });

  it('are a closed list without repeats, and nothing else has an actor or words', () => {
    expect(new Set(REASONS).size).toBe(REASONS.length);
    expect(Object.keys(whoActs).sort()).toEqual([...REASONS].sort());
    expect(Object.keys(reasonTexts).sort()).toEqual([...REASONS].sort());
  });

  it('are those that the database view knows, in the same order, besides the problems it takes from the row', () => {
    const known = [...(view ?? '').matchAll(/'([A-Z][A-Z_]{3,})'/g)].map((found) => found[1] ?? '');
    const own = REASONS.filter((reason) => !(PROBLEMS as readonly string[]).includes(reason));
    expect(new Set(known)).toEqual(new Set(own));
    expect(view).toMatch(/problems\[1\]/);
  });

  it('leave four stages', () => {
    const known = [...(view ?? '').matchAll(/(?:then|else) '([a-z]+)'/g)].map((found) => found[1] ?? '');
    expect(new Set(known)).toEqual(new Set(STAGES));
  });
});
