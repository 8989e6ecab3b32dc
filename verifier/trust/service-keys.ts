import { fromBase64 } from '#core/bytes';
import { inPeriod, type TrustList } from '#core/sign/trust-list';
import type { Trust } from './trust.ts';

export type Service = TrustList['services'][number]['service'];

/**
 * DER SubjectPublicKeyInfos that may sign for a service.
 * @param at an instant
 */
export function serviceKeys(trust: Trust, service: Service, at: string): Uint8Array[] {
  return trust.list.services
    .filter((row) => row.service === service && inPeriod(row, at))
    .flatMap(({ key }) => fromBase64(key) ?? []);
}
