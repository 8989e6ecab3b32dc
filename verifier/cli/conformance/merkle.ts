import { z } from 'zod';
import { provesConsistency } from '#core/tree/consistency';
import { provesInclusion } from '#core/tree/proof';
import { sha256 } from '../../crypto-node.ts';
import { holds, type Answer } from './answer.ts';
import { bytes, id } from './case-shapes.ts';

const digits = z.string().regex(/^\d{1,20}$/);

export const merkleCase = z.union([
  z.object({ id, size1: digits, size2: digits, root1: bytes, root2: bytes, proof: z.array(bytes) }),
  z.object({ id, leafIndex: digits, treeSize: digits, leafHash: bytes, proof: z.array(bytes), root: bytes }),
]);

export function judgeMerkleCase(given: z.infer<typeof merkleCase>): Promise<Answer> {
  const path = given.proof;
  if ('size1' in given) {
    const proof = { size1: BigInt(given.size1), size2: BigInt(given.size2), path };
    return Promise.resolve(
      holds(provesConsistency(sha256, proof, given.root1, given.root2), 'PROOF_INVALID'),
    );
  }
  const proof = { leafIndex: BigInt(given.leafIndex), treeSize: BigInt(given.treeSize), path };
  return Promise.resolve(holds(provesInclusion(sha256, proof, given.leafHash, given.root), 'PROOF_INVALID'));
}
