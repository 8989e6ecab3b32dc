import { z } from 'zod';
import * as f from '../sign/fields.ts';

/** Enrolment of a signer's machine: a one-time code binds a device key to a unit and a signer certificate. */

export const secret = z.string().regex(/^[A-Za-z0-9_-]{22,86}$/);

export const unitView = z.strictObject({ kind: f.unitKind, code: f.unitCode, name: f.text(200) });

export const newEnrolment = z.strictObject({});
export const enrolment = z.strictObject({ code: secret, expiresAt: f.time });

/** `proof`: the device key's DER ECDSA signature over "kyso/enrol/v1" ‖ 00 ‖ code ‖ 00 ‖ SHA-256(signer certificate). */
export const newDevice = z.strictObject({
  code: secret,
  deviceKey: f.der(256),
  signerCertificate: f.der(16 * 1024),
  proof: f.der(128),
});
export const device = z.strictObject({
  deviceId: f.uuid,
  instance: f.instance,
  unit: unitView,
  signerCertificateSha256: f.digest,
});

export type NewDevice = z.infer<typeof newDevice>;
export type Device = z.infer<typeof device>;
