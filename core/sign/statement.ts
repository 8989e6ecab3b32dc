import { z } from 'zod';
import { Refusal } from '../refusal.ts';
import { canonicalBytes, parseCanonical, type Json } from '../record/canonical-bytes.ts';
import { RECORD_TYPE } from '../record/record.ts';
import { readShape } from '../shape.ts';
import * as f from './fields.ts';

/** The statement that every batch has: it names a whole list by count and root (formats §3). In `list` mode it is what the token signs. */

export const LIST_TYPE = 'kyso/list/v1';
export const LIST_MIME_TYPE = 'application/vnd.kyso.list+json; version=1';
export const TREE = 'rfc9162-sha256';
export const MAX_STATEMENT_BYTES = 8192;

/** The sentence that the signer puts a name to, by kind of unit (letter 2665/SYT-NVY, 4 and 5). */
export const declarations = {
  district:
    'Trung tâm Y tế xác nhận toàn bộ danh sách người đã tiêm chủng đang cư trú trên địa bàn, đã được làm sạch và xác thực.',
  facility:
    'Cơ sở tiêm chủng xác nhận toàn bộ dữ liệu tiêm chủng của cơ sở trong danh sách này, đã được xác thực.',
} as const;

/** What a list and its items say alike. */
export const common = {
  instance: f.instance,
  batchId: f.uuid,
  kind: f.unitKind,
  unit: z.strictObject({ code: f.unitCode, name: f.text(200) }),
  campaign: f.campaign,
  /** Counted per (unit, kind): the first is 1, and `previous` is the SHA-256 of the statement before. */
  sequence: f.count,
  previous: f.digest.optional(),
  declaration: f.text(400),
  count: f.count,
  recordType: z.literal(RECORD_TYPE),
  createdAt: f.time,
  log: z.strictObject({ size: f.count, root: f.digest }).optional(),
};

const listShape = z.strictObject({
  type: z.literal(LIST_TYPE),
  mode: z.enum(['list', 'each']),
  ...common,
  root: f.digest,
  tree: z.literal(TREE),
});

export type ListStatement = z.infer<typeof listShape>;

export function statementBytes(statement: ListStatement): Uint8Array {
  return canonicalBytes(statement);
}

/**
 * Reads the exact bytes of a statement; `type` is checked first.
 * @throws Refusal NOT_CANONICAL, INPUT_TOO_LARGE, STATEMENT_MALFORMED
 */
export function parseStatement(bytes: Uint8Array): ListStatement {
  const value = parseCanonical(bytes, MAX_STATEMENT_BYTES);
  if (typeOf(value) !== LIST_TYPE) throw new Refusal('STATEMENT_MALFORMED', { detail: 'type' });
  return demandSequence(readShape(listShape, value, 'STATEMENT_MALFORMED'));
}

export function typeOf(value: Json): Json | undefined {
  return typeof value === 'object' && value !== null && 'type' in value ? value['type'] : undefined;
}

/** @throws Refusal STATEMENT_MALFORMED */
export function demandSequence<S extends Pick<ListStatement, 'sequence' | 'previous'>>(statement: S): S {
  if ((statement.sequence === 1) !== (statement.previous === undefined))
    throw new Refusal('STATEMENT_MALFORMED', { detail: 'sequence 1 has no previous, every other has one' });
  return statement;
}
