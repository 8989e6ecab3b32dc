import { join, resolve } from 'node:path';

/** The files of a generated PKI, as absolute paths. Keys and PINs are mode 0600. */
export type Layout = {
  readonly description: string;
  readonly pin: string;
  readonly soPin: string;
  readonly softHsmConfiguration: string;
  readonly tokens: string;
  /** PKCS#12 files of signers whose keys are in software */
  readonly pkcs12: string;
  /** PEM, the roots of both listed families */
  readonly roots: string;
  readonly trust: string;
  readonly trustKeys: string;
  readonly statusKey: string;
  /** the signed list of document signers, and the keys that the trust list names for it and for revocation lists */
  readonly documentSigners: string;
  readonly documentSignersKey: string;
  readonly revocationsKey: string;
  /** DER certificates of the Ministry's document signers, one file each, and nothing else */
  readonly ministry: string;
  /** DER certificate of the country CA */
  readonly countryCa: string;
  /** the Ministry's HSM: soft tokens apart from those of the units */
  readonly ministrySoftHsmConfiguration: string;
  readonly ministryTokens: string;
  readonly timeStampKey: string;
  /** DER */
  readonly timeStampCertificate: string;
  /** DER CRLs of listed authorities */
  readonly crls: string;
  /** DER certificates of listed issuing CAs */
  readonly certificates: string;
  /** keys of authorities and trust keys */
  readonly keys: string;
  /** certificates and CRLs of the family that no trust list names */
  readonly unknown: string;
};

export function layoutOf(dir: string): Layout {
  const at = (...path: string[]) => join(resolve(dir), ...path);
  return {
    description: at('pki.json'),
    pin: at('pin'),
    soPin: at('so-pin'),
    softHsmConfiguration: at('softhsm2.conf'),
    tokens: at('tokens'),
    pkcs12: at('pkcs12'),
    roots: at('roots.pem'),
    trust: at('trust.json'),
    trustKeys: at('trust-keys.json'),
    statusKey: at('status-key.pem'),
    documentSigners: at('document-signers.json'),
    documentSignersKey: at('document-signers-key.pem'),
    revocationsKey: at('revocations-key.pem'),
    ministry: at('ministry'),
    countryCa: at('country-ca.der'),
    ministrySoftHsmConfiguration: at('ministry-softhsm2.conf'),
    ministryTokens: at('ministry-tokens'),
    timeStampKey: at('keys', 'time-stamp.pem'),
    timeStampCertificate: at('time-stamp.der'),
    crls: at('crls'),
    certificates: at('certificates'),
    keys: at('keys'),
    unknown: at('unknown'),
  };
}
