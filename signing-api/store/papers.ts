import type { Db } from './database.ts';

/** Certificates in force, as they are printed. */
export type PaperRow = {
  readonly district: string;
  readonly certificateId: string;
  readonly recordId: string;
  readonly version: number;
  readonly ward: string | null;
  readonly facility: string | null;
  readonly sealedCose: Buffer;
  readonly sealedLine: Buffer;
};

const IN_FORCE = `c.expires > $1 and not exists (
  select from certificate_revocations r where r.district = c.district and r.certificate_id = c.certificate_id)`;

/** @returns null where there is none, it ran out, or it was taken back */
export async function findPaper(db: Db, certificateId: string, now: Date): Promise<PaperRow | null> {
  const rows = await db.query<PaperRow>(
    `select c.district, c.certificate_id as "certificateId", c.record_id as "recordId", c.version, v.ward, v.facility,
       c.sealed_cose as "sealedCose", l.sealed_line as "sealedLine"
     from certificate_orders o
     join certificates c on c.district = o.district and c.certificate_id = o.certificate_id
     join record_versions v on v.district = c.district and v.record_id = c.record_id and v.version = c.version
     join leaves l on l.district = c.district and l.record_id = c.record_id and l.version = c.version
     where o.certificate_id = $2 and ${IN_FORCE}`,
    [now, certificateId],
  );
  return rows[0] ?? null;
}

export type PaperPlace = Pick<PaperRow, 'district' | 'certificateId' | 'ward' | 'facility'>;

/** Where the certificates in force among these lie. */
export async function placesOfPapers(
  db: Db,
  certificateIds: readonly string[],
  now: Date,
): Promise<PaperPlace[]> {
  return db.query<PaperPlace>(
    `select c.district, c.certificate_id as "certificateId", v.ward, v.facility
     from certificate_orders o
     join certificates c on c.district = o.district and c.certificate_id = o.certificate_id
     join record_versions v on v.district = c.district and v.record_id = c.record_id and v.version = c.version
     where o.certificate_id = any($2::uuid[]) and ${IN_FORCE}`,
    [now, certificateIds],
  );
}

export type PaperScope = {
  readonly district: string;
  /** null: all of the district */
  readonly ward: string | null;
  readonly facility: string | null;
  readonly after: string | null;
};

/** Certificates in force of a district, in the order of their ids. */
export async function listPapers(db: Db, scope: PaperScope, now: Date, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select c.certificate_id as id
     from certificates c
     join record_versions v on v.district = c.district and v.record_id = c.record_id and v.version = c.version
     where c.district = $2 and ($3::uuid is null or c.certificate_id > $3)
       and ($4::text is null or v.ward = $4) and ($5::text is null or v.facility = $5) and ${IN_FORCE}
     order by c.certificate_id limit $6`,
    [now, scope.district, scope.after, scope.ward, scope.facility, limit],
  );
  return rows.map(({ id }) => id);
}
