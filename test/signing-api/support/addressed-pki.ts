import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePki } from '#certs-test/ensure-pki';
import type { Pki } from '#certs-test/pki';
import { startResponders, type Responders } from '#certs-test/responders';

/** A PKI whose certificates bear the addresses of responders that run. What is revoked in `pki` they say. */
export type AddressedPki = {
  readonly pki: Pki;
  readonly responders: Responders;
  /** as KYSO_REVOCATION_HOSTS lists it */
  readonly host: string;
  readonly folder: string;
  readonly close: () => Promise<void>;
};

export async function makeAddressedPki(): Promise<AddressedPki> {
  const folder = await mkdtemp(join(tmpdir(), 'kyso-outside-'));
  const dir = join(folder, 'pki');
  const responders = await startResponders({ pkiFolder: dir });
  const addresses = { crl: responders.url, ocsp: responders.url };
  const units = { districts: ['760'], facilities: ['79-00123'], bad: false };
  const pki = await ensurePki(dir, { ...units, instance: 'test', software: true, addresses });
  return {
    ...{ pki, responders, folder },
    host: new URL(responders.url).host,
    close: async () => {
      await responders.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const CRL = '/crl/government-ca.crl';
export const OCSP = '/ocsp/government-ca';

/** How often something was asked. */
export function countOf({ requests }: Responders, path: string): number {
  return requests.filter((request) => request.endsWith(` ${path}`)).length;
}
