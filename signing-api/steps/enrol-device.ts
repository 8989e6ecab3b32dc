import { v7 as uuidv7 } from 'uuid';
import { base64url, concat, fromBase64, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { Refusal } from '#core/refusal';
import type { UnitKind } from '#core/sign/fields';
import type { SignerRow } from '#core/sign/trust-list';
import type { Device, NewDevice } from '#core/wire/devices';
import { knownCertificate } from '#verifier/known-certificate';
import { rowsNaming } from '#verifier/trust/rows-naming';
import type { Caller } from '../caller.ts';
import { oneTimeSecret } from '../one-time-secret.ts';
import type { Service } from '../service.ts';
import { findEnrolmentCode, insertDevice, insertEnrolmentCode } from '../store/devices.ts';
import { findUnit } from '../store/units.ts';
import { requireTestInstance, signingUnit } from './request-batch.ts';

const CODE_HOURS = 24;
const ZERO = Uint8Array.of(0);

/**
 * A one-time code that lets one machine be enrolled for the caller's unit. Only its hash is kept.
 * @throws Refusal FORBIDDEN
 */
export async function makeEnrolmentCode(
  service: Service,
  caller: Caller,
): Promise<{ code: string; expiresAt: string }> {
  requireTestInstance(service.config.instance);
  const unit = signingUnit(caller);
  const code = oneTimeSecret(16);
  const madeAt = service.clock();
  const expiresAt = new Date(madeAt.getTime() + CODE_HOURS * 3_600_000);
  const codeSha256 = Buffer.from(service.crypto.sha256(utf8(code)));
  await insertEnrolmentCode(service.db, {
    codeSha256,
    unitKind: unit.kind,
    unit: unit.code,
    by: caller.keyId,
    madeAt,
    expiresAt,
  });
  return { code, expiresAt: instant(expiresAt) };
}

/**
 * Registers a device key and a signer certificate to the unit of a code. The certificate's trust is judged when it signs; only where
 * tokens are asked for, one that the trust list calls software is told so at once.
 * @throws Refusal ENROLMENT_CODE_INVALID, REQUEST_MALFORMED (the proof does not hold), SIGNER_NOT_ON_TOKEN, CERTIFICATE_MALFORMED
 */
export async function enrolDevice(service: Service, request: NewDevice): Promise<Device> {
  const { sha256, verify } = service.crypto;
  const codeSha256 = Buffer.from(sha256(utf8(request.code)));
  const code = await findEnrolmentCode(service.db, codeSha256);
  const now = service.clock();
  if (!code || code.expiresAt <= now) throw new Refusal('ENROLMENT_CODE_INVALID');
  const deviceKey = decoded(request.deviceKey);
  const signerCertificate = decoded(request.signerCertificate);
  const signerSha256 = Buffer.from(sha256(signerCertificate));
  const message = concat(utf8('kyso/enrol/v1'), ZERO, utf8(request.code), ZERO, signerSha256);
  if (!(await verify('ECDSA-P256-SHA256', deviceKey, message, decoded(request.proof))))
    throw new Refusal('REQUEST_MALFORMED', { faults: [{ at: '/proof', code: 'SIGNATURE_INVALID' }] });
  const unit = await findUnit(service.db, code.unitKind, code.unit);
  if (service.config.keyStorage === 'token')
    await requireToken(service, signerCertificate, code.unitKind, unit.code);
  const device = {
    deviceId: uuidv7(),
    unitKind: code.unitKind,
    unit: code.unit,
    deviceKey,
    signerSha256,
    signerCertificate,
  };
  const isFirst = await service.db.transaction((tx) => insertDevice(tx, device, codeSha256, now));
  if (!isFirst) throw new Refusal('ENROLMENT_CODE_INVALID');
  return {
    deviceId: device.deviceId,
    instance: service.config.instance,
    unit: { kind: code.unitKind, code: unit.code, name: unit.name },
    signerCertificateSha256: base64url(signerSha256),
  };
}

async function requireToken(
  service: Service,
  signerCertificate: Buffer,
  kind: UnitKind,
  unit: string,
): Promise<void> {
  const rows = await rowsOf(service, signerCertificate);
  if (rows.some((row) => row.kind === kind && row.unit === unit && row.keyStorage === 'software'))
    throw new Refusal('SIGNER_NOT_ON_TOKEN');
}

/** The rows of today's trust list that name a signer certificate. */
export async function rowsOf(service: Service, signerCertificate: Buffer): Promise<SignerRow[]> {
  const at = service.clock();
  const trust = await service.trust.trust(at);
  return rowsNaming(trust, knownCertificate(signerCertificate), instant(at), service.crypto);
}

function decoded(base64: string): Buffer {
  return Buffer.from(fromBase64(base64) ?? new Uint8Array());
}
