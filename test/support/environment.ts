import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Pki } from '#certs-test/pki';

/** What a service on the test PKI is configured with. Its CRLs are a copy, which tests may change. */
export function environment(
  pki: Pki,
  folder: string,
  databaseUrl: string,
  registerUrl: string,
): Record<string, string> {
  cpSync(join(pki.dir, 'crls'), join(folder, 'crls'), { recursive: true });
  return {
    KYSO_INSTANCE: pki.instance,
    KYSO_DATA: join(folder, 'data'),
    KYSO_PORT: '0',
    DATABASE_URL: databaseUrl,
    KYSO_TRUST: pki.files.trust,
    KYSO_TRUST_KEYS: pki.files.trustKeys,
    KYSO_CRLS: join(folder, 'crls'),
    KYSO_CERTIFICATES: pki.files.certificates,
    KYSO_STATUS_KEY: pki.files.statusKey,
    KYSO_DOCUMENT_SIGNERS: pki.files.documentSigners,
    KYSO_REVOCATIONS_KEY: pki.files.revocationsKey,
    KYSO_REGISTER_URL: registerUrl,
    KYSO_LOG_LEVEL: 'silent',
    KYSO_LEASE_SECONDS: '5',
  };
}
