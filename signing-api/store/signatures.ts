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
  readonly kind: 'certificate' | 'crl' | 'ocsp';
  readonly der: Uint8Array;
};

export async function insertMaterial(
  tx: Tx,
  district: string,
  batchId: string,
  pieces: readonly MaterialPiece[],
): Promise<void> {
  const digests = pieces.map(({ sha256 }) => sha256);
  // asked first: a CRL of a large CA is megabytes, and windows of items bring the same one again and again
  const known = await tx.query<{ sha256: Buffer }>(
    'select sha256 from material where sha256 = any($1::bytea[])',
    [digests],
  );
  for (const { sha256, kind, der } of pieces)
    if (!known.some((row) => row.sha256.equals(sha256)))
      await tx.query('insert into material (sha256, kind, der) values ($1, $2, $3) on conflict do nothing', [
        sha256,
        kind,
        der,
      ]);
  await tx.query(
    'insert into signature_material (district, batch_id, sha256) select $1, $2, unnest($3::bytea[]) on conflict do nothing',
    [district, batchId, digests],
  );
}
