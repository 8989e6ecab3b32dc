import type { Db, Tx } from './database.ts';

/** The leaf index of a list's one signature. */
export const LIST_INDEX = -1;

export type SignatureRow = {
  readonly district: string;
  readonly batchId: string;
  readonly cms: Buffer;
  readonly cmsSha256: Buffer;
  readonly signerSha256: Buffer;
  readonly collectedAt: Date;
};

export async function findSignature(db: Db, district: string, batchId: string): Promise<SignatureRow | null> {
  const rows = await db.query<SignatureRow>(
    `select district, batch_id as "batchId", cms, cms_sha256 as "cmsSha256", signer_sha256 as "signerSha256", collected_at as "collectedAt"
     from signatures where district = $1 and batch_id = $2 and leaf_index = ${LIST_INDEX}`,
    [district, batchId],
  );
  return rows[0] ?? null;
}

export async function insertSignature(tx: Tx, s: SignatureRow): Promise<void> {
  await tx.query(
    `insert into signatures (district, batch_id, leaf_index, cms, cms_sha256, signer_sha256, collected_at)
     values ($1, $2, ${LIST_INDEX}, $3, $4, $5, $6)`,
    [s.district, s.batchId, s.cms, s.cmsSha256, s.signerSha256, s.collectedAt],
  );
}

export type MaterialPiece = {
  readonly sha256: Buffer;
  readonly kind: 'certificate' | 'crl';
  readonly der: Uint8Array;
};

export async function insertMaterial(
  tx: Tx,
  district: string,
  batchId: string,
  pieces: readonly MaterialPiece[],
): Promise<void> {
  for (const piece of pieces) {
    await tx.query('insert into material (sha256, kind, der) values ($1, $2, $3) on conflict do nothing', [
      piece.sha256,
      piece.kind,
      piece.der,
    ]);
    await tx.query(
      'insert into signature_material (district, batch_id, sha256) values ($1, $2, $3) on conflict do nothing',
      [district, batchId, piece.sha256],
    );
  }
}
