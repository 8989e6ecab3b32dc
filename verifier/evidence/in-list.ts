import { fromBase64url } from '#core/bytes';
import type { Attestation } from '#core/sign/evidence';
import type { ListStatement } from '#core/sign/statement';
import { provesInclusion } from '#core/tree/proof';
import type { Crypto } from '../crypto-port.ts';
import { invalid, type Finding } from '../finding.ts';

/** Whether the record's leaf stands in the signed list: the tree is the statement's, the path leads to its root (RFC 9162 §2.1.3.2). */
export function inList(
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
