import { base64url } from '#core/bytes';
import type { Caller } from '../caller.ts';
import type { Service } from '../service.ts';
import { listDevices } from '../store/devices.ts';
import { signingUnit } from './request-batch.ts';

export async function listOwnDevices(
  service: Service,
  caller: Caller,
): Promise<{ deviceId: string; signerCertificateSha256: string }[]> {
  const unit = signingUnit(caller);
  const devices = await listDevices(service.db, unit.kind, unit.code);
  return devices.map((device) => ({
    deviceId: device.deviceId,
    signerCertificateSha256: base64url(device.signerSha256),
  }));
}
