import { z } from 'zod';
import { utf8 } from '../bytes.ts';
import { canonicalText, parseCanonical } from '../record/canonical-bytes.ts';
import { Refusal } from '../refusal.ts';
import { readShape } from '../shape.ts';
import * as f from './fields.ts';
import {
  common,
  demandSequence,
  LIST_TYPE,
  MAX_STATEMENT_BYTES,
  parseStatement,
  typeOf,
  type ListStatement,
} from './statement.ts';

/** What the token signs in `each` mode: one statement names one record of a list by its leaf hash (formats §3). */

export const ITEM_TYPE = 'kyso/item/v1';
export const ITEM_MIME_TYPE = 'application/vnd.kyso.item+json; version=1';

const itemShape = z
  .strictObject({
    type: z.literal(ITEM_TYPE),
    mode: z.literal('each'),
    ...common,
    /** SHA-256 of the batch's list statement */
    list: f.digest,
    index: f.index,
    leafHash: f.digest,
  })
  .refine(({ index, count }) => index < count, { path: ['index'], error: 'not below count' });

export type ItemStatement = z.infer<typeof itemShape>;
export type Statement = ListStatement | ItemStatement;

export type Item = {
  /** from 0, below the list's count */
  readonly index: number;
  /** SHA-256, base64url */
  readonly leafHash: string;
};

/**
 * The statement of one record of a list in `each` mode: it repeats what the list says, and nothing in it is anybody's choice.
 * @param listSha256 base64url, of the list statement's exact bytes
 */
export function itemStatement(
  of: ListStatement,
  listSha256: string,
  { index, leafHash }: Item,
): ItemStatement {
  const { instance, batchId, kind, unit, campaign, sequence, previous } = of;
  const { declaration, count, recordType, createdAt, log } = of;
  return {
    type: ITEM_TYPE,
    mode: 'each',
    ...{ instance, batchId, kind, unit, campaign, sequence, previous },
    ...{ declaration, count, recordType, createdAt, log },
    list: listSha256,
    index,
    leafHash,
  };
}

/**
 * Writes the exact bytes of a list's items: what differs between two of them is put into one canonical text that is made once, because
 * canonicalising each takes longer than signing it.
 * @throws RangeError for an index outside the list
 */
export function itemWriter(list: ListStatement, listSha256: string): (item: Item) => Uint8Array {
  const text = canonicalText(itemStatement(list, listSha256, { index: 0, leafHash: '' }));
  // unescaped quotes stand around names and values only, so each place is found once
  const [head = '', middle = '', tail = ''] = text.split(/(?<="index":)0(?=,)|(?<="leafHash":")(?=")/);
  return ({ index, leafHash }) => {
    if (!(Number.isSafeInteger(index) && index >= 0 && index < list.count))
      throw new RangeError('no such item');
    return utf8(`${head}${index}${middle}${leafHash}${tail}`);
  };
}

/**
 * Reads the exact bytes of a statement, of either type; `type` is checked first.
 * @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, STATEMENT_MALFORMED
 */
export function parseAnyStatement(bytes: Uint8Array): Statement {
  const value = parseCanonical(bytes, MAX_STATEMENT_BYTES);
  if (typeOf(value) === LIST_TYPE) return parseStatement(bytes);
  if (typeOf(value) !== ITEM_TYPE) throw new Refusal('STATEMENT_MALFORMED', { detail: 'type' });
  return demandSequence(readShape(itemShape, value, 'STATEMENT_MALFORMED'));
}
