import type { UnitKind } from '#core/sign/fields';
import type { Db, Tx } from './database.ts';

export type EnrolmentCode = {
  readonly codeSha256: Buffer;
  readonly unitKind: UnitKind;
  readonly unit: string;
  readonly by: string;
  readonly madeAt: Date;
  readonly expiresAt: Date;
};

export async function insertEnrolmentCode(db: Db, code: EnrolmentCode): Promise<void> {
  await db.query(
    'insert into enrolment_codes (code_sha256, unit_kind, unit, by, made_at, expires_at) values ($1, $2, $3, $4, $5, $6)',
    [code.codeSha256, code.unitKind, code.unit, code.by, code.madeAt, code.expiresAt],
  );
}

/** A code that is not used up. */
export async function findEnrolmentCode(db: Db, codeSha256: Buffer): Promise<EnrolmentCode | null> {
  const rows = await db.query<EnrolmentCode>(
    `select code_sha256 as "codeSha256", unit_kind as "unitKind", unit, by, made_at as "madeAt", expires_at as "expiresAt"
     from enrolment_codes c where code_sha256 = $1 and not exists (select from devices d where d.code_sha256 = c.code_sha256)`,
    [codeSha256],
  );
  return rows[0] ?? null;
}

export type DeviceRow = {
  readonly deviceId: string;
  readonly unitKind: UnitKind;
  readonly unit: string;
  /** DER SubjectPublicKeyInfo, P-256 */
  readonly deviceKey: Buffer;
  readonly signerSha256: Buffer;
  readonly signerCertificate: Buffer;
};

/** @returns false where the code was used by another device meanwhile */
export async function insertDevice(
  tx: Tx,
  device: DeviceRow,
  codeSha256: Buffer,
  at: Date,
): Promise<boolean> {
  const rows = await tx.query(
    `insert into devices (device_id, code_sha256, unit_kind, unit, device_key, signer_sha256, signer_certificate, enrolled_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1`,
    [
      device.deviceId,
      codeSha256,
      device.unitKind,
      device.unit,
      device.deviceKey,
      device.signerSha256,
      device.signerCertificate,
      at,
    ],
  );
  return rows.length === 1;
}

const COLUMNS = `device_id as "deviceId", unit_kind as "unitKind", unit, device_key as "deviceKey", signer_sha256 as "signerSha256",
  signer_certificate as "signerCertificate"`;

const NOT_ENDED = 'not exists (select from device_endings e where e.device_id = devices.device_id)';

/** A device that has not been ended. */
export async function findDevice(db: Db, deviceId: string): Promise<DeviceRow | null> {
  const rows = await db.query<DeviceRow>(
    `select ${COLUMNS} from devices where device_id = $1 and ${NOT_ENDED}`,
    [deviceId],
  );
  return rows[0] ?? null;
}

/** Ends a device for good; ending it again changes nothing. @returns false where there is no such device */
export async function insertDeviceEnding(db: Db, deviceId: string, at: Date): Promise<boolean> {
  await db.query(
    'insert into device_endings (device_id, at) select device_id, $2 from devices where device_id = $1 on conflict do nothing',
    [deviceId, at],
  );
  return (await db.query('select from devices where device_id = $1', [deviceId])).length === 1;
}

/** Certificates of machines that have not ended, the newest first, each once. @returns DER */
export async function signerCertificates(db: Db): Promise<Buffer[]> {
  const rows = await db.query<{ der: Buffer }>(
    `select signer_certificate as der from devices where ${NOT_ENDED} group by signer_certificate order by max(enrolled_at) desc`,
  );
  return rows.map(({ der }) => der);
}

export async function listDevices(db: Db, unitKind: UnitKind, unit: string): Promise<DeviceRow[]> {
  return db.query<DeviceRow>(
    `select ${COLUMNS} from devices where unit_kind = $1 and unit = $2 and ${NOT_ENDED} order by enrolled_at`,
    [unitKind, unit],
  );
}
