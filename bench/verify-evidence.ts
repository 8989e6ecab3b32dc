import { base64, base64url, utf8 } from '#core/bytes';
import { leafText } from '#core/record/leaf';
import { evidenceBytes, type Evidence } from '#core/sign/evidence';
import { statementBytes } from '#core/sign/statement';
import { leafHash, nodeHash } from '#core/tree/hash';
import { signCms } from '#test/verifier/support/cms';
import { ecFamily, ecSigner, options, rsaFamily, rsaSigner } from '#test/verifier/support/standard-world';
import {
  itemBytes,
  itemMime,
  makeList,
  record,
  SIGNED_AT,
  type Family,
  type List,
} from '#test/verifier/support/world';
import type { Holder } from '#test/verifier/support/x509';
import { AttestationCache } from '#verifier/attestation-cache';
import { nodeCrypto } from '#verifier/crypto-node';
import { verifyEvidence } from '#verifier/index';
import { bestOf, rowsOf } from './rounds.ts';

const { sha256 } = nodeCrypto;

/** Evidence of one batch, each file from its bytes to its verdict, with the status list, one cache for the whole of a round. */
export async function measureEvidence(
  rounds: number,
  count: number,
): Promise<{ readonly rows: string[][]; readonly checks: readonly number[] }> {
  const list = makeList(Array.from({ length: count }, (_, i) => record(i + 1)));
  const ofList = listFiles(list, rsaSigner, rsaFamily);
  const items = itemFiles(list, ecSigner, ecFamily, Math.ceil(count / 10));
  const paces = await bestOf(rounds, [
    { name: '`JSON.parse` and the hashes of leaf and path', count, run: () => parseAndHash(ofList) },
    { name: 'kyso, `list`', count, run: () => judgeAll(ofList) },
    { name: 'kyso, `each`, P-256', count: items.length, run: () => judgeAll(items) },
  ]);
  const checks = [await judgeAll(ofList), await judgeAll(items)];
  return { rows: rowsOf(`evidence, batch of ${count}`, paces), checks };
}

/** @returns signature checks */
async function judgeAll(files: readonly Uint8Array[]): Promise<number> {
  let checks = 0;
  const verify: typeof nodeCrypto.verify = (...given) => {
    checks++;
    return nodeCrypto.verify(...given);
  };
  const asked = { ...(await options()), crypto: { ...nodeCrypto, verify }, cache: new AttestationCache() };
  for (const file of files) {
    const { verdict, reasons } = await verifyEvidence(file, asked);
    if (verdict !== 'valid') throw new Error(`refused: ${reasons.join(' ')}`);
  }
  return checks;
}

const decoder = new TextDecoder();

function parseAndHash(files: readonly Uint8Array[]): void {
  for (const file of files) {
    const { record: leaf, attestations } = JSON.parse(decoder.decode(file)) as Evidence;
    let hash = leafHash(sha256, utf8(leaf));
    for (const sibling of attestations[0]?.proof?.path ?? [])
      hash = nodeHash(sha256, hash, Buffer.from(sibling, 'base64url'));
  }
}

function listFiles(list: List, signer: Holder, family: Family): Uint8Array[] {
  const statement = statementBytes(list.statement);
  const signature = base64(signCms({ statement, signer, signedAt: SIGNED_AT }));
  const levels = levelsOf(list.hashes);
  return list.records.map((_, index) =>
    evidenceBytes({
      ...shell(list, index, family),
      attestations: [
        {
          statement: decoder.decode(statement),
          proof: { leafIndex: index, treeSize: list.hashes.length, path: pathIn(levels, index) },
          signature,
        },
      ],
    }),
  );
}

function itemFiles(list: List, signer: Holder, family: Family, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const statement = itemBytes(list, index);
    const signature = base64(signCms({ statement, signer, signedAt: SIGNED_AT, attributes: itemMime }));
    return evidenceBytes({
      ...shell(list, index, family),
      attestations: [{ statement: decoder.decode(statement), signature }],
    });
  });
}

function shell(list: List, index: number, family: Family): Evidence {
  const leaf = list.records[index];
  if (!leaf) throw new RangeError('no such record');
  const material = {
    certificates: [base64(family.ca.certificate)],
    crls: [base64(family.caCrl), base64(family.rootCrl)],
    ocsp: [],
  };
  return { type: 'kyso/evidence/v1', record: leafText(leaf), attestations: [], material };
}

/** Every level of the tree, the leaves first: twenty thousand paths are read from them. */
function levelsOf(leaves: readonly Uint8Array[]): Uint8Array[][] {
  const levels = [[...leaves]];
  for (let level = levels[0] ?? []; level.length > 1; level = levels.at(-1) ?? []) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left) above.push(right ? nodeHash(sha256, left, right) : left);
    }
    levels.push(above);
  }
  return levels;
}

function pathIn(levels: readonly (readonly Uint8Array[])[], index: number): string[] {
  return levels.flatMap((level, height) => {
    const sibling = level[(index >> height) ^ 1];
    return sibling && level.length > 1 ? [base64url(sibling)] : [];
  });
}
