import { base64url, fromBase64url } from '#core/bytes';
import type { Attestation } from '#core/sign/evidence';
import { ITEM_TYPE, type ItemStatement, type Statement } from '#core/sign/item-statement';
import type { ListStatement } from '#core/sign/statement';
import { provesInclusion } from '#core/tree/proof';
import type { Crypto } from '../crypto-port.ts';
import { invalid, type Finding } from '../finding.ts';

/** Whether the statement that was signed names the record: an item by its leaf hash, a list by its root and a path to it. */
export function namesRecord(
  leafHash: Uint8Array,
  proof: Attestation['proof'],
  statement: Statement,
  crypto: Crypto,
): Finding[] {
  return statement.type === ITEM_TYPE
    ? isItem(leafHash, proof, statement)
    : inList(leafHash, proof, statement, crypto);
}

/** The item is the record itself, so there is nothing to prove: a proof would be something that nobody signed. */
function isItem(leafHash: Uint8Array, proof: Attestation['proof'], statement: ItemStatement): Finding[] {
  if (proof) return [invalid('PROOF_INVALID', 'a proof beside an item')];
  return base64url(leafHash) === statement.leafHash
    ? []
    : [invalid('PROOF_INVALID', 'leaf of another record')];
}

/** The tree is the statement's, the path leads from the leaf to its root (RFC 9162 §2.1.3.2). */
function inList(
  leafHash: Uint8Array,
  proof: Attestation['proof'],
  statement: ListStatement,
  crypto: Crypto,
): Finding[] {
  if (!proof) return [invalid('PROOF_INVALID', 'no proof')];
  if (proof.treeSize !== statement.count) return [invalid('PROOF_INVALID', 'tree of another size')];
  const root = fromBase64url(statement.root) ?? new Uint8Array();
  const path = proof.path.map((hash) => fromBase64url(hash) ?? new Uint8Array());
  const { leafIndex, treeSize } = proof;
  return provesInclusion(crypto.sha256, { leafIndex, treeSize, path }, leafHash, root)
    ? []
    : [invalid('PROOF_INVALID', 'path')];
}
