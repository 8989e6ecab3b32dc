import { Refusal } from '#core/refusal';
import type { Service } from '../service.ts';
import { insertApiKeyEnding } from '../store/api-keys.ts';
import { insertDeviceEnding } from '../store/devices.ts';

/** Ends a bearer key for good. @throws Refusal CONFIG_INVALID where there is no such key */
export async function endApiKey(service: Pick<Service, 'db' | 'clock'>, keyId: string): Promise<void> {
  if (!(await insertApiKeyEnding(service.db, keyId, service.clock())))
    throw new Refusal('CONFIG_INVALID', { detail: 'no key has this id' });
}

/** Ends a device for good, and with it every session it has open. @throws Refusal DEVICE_UNKNOWN */
export async function endDevice(service: Pick<Service, 'db' | 'clock'>, deviceId: string): Promise<void> {
  if (!(await insertDeviceEnding(service.db, deviceId, service.clock()))) throw new Refusal('DEVICE_UNKNOWN');
}
