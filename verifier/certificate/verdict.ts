import type { RefusalCode } from '#core/refusal';
import type { VerdictWord } from '../finding.ts';
import type { Group, Payload } from './content.ts';

/** What was asked of a certificate, in the order of asking: true, false, or null where it was not reached (formats §9). */
export type Steps = {
  prefix: boolean | null;
  base45: boolean | null;
  zlib: boolean | null;
  cose: boolean | null;
  signature: boolean | null;
  cbor: boolean | null;
  schema: boolean | null;
  keyUsage: boolean | null;
  expiry: boolean | null;
};

/** The answer about a certificate that a person carries. Members that were not reached are absent; the content only where it is signed. */
export type CertificateVerdict = {
  /** the worst of everything found */
  readonly verdict: VerdictWord;
  /** codes once each, the weightiest first; a `valid` verdict may carry REVOCATIONS_UNKNOWN (asked offline) */
  readonly reasons: readonly RefusalCode[];
  /** one line a finding, for engineers: English, without personal data */
  readonly details: readonly string[];
  readonly steps: Readonly<Steps>;
  /** base64url, as the certificate names its signer */
  readonly kid?: string;
  /** common name in the document signer's certificate */
  readonly signer?: string;
  /** base64url SHA-256 of it */
  readonly signerSha256?: string;
  /** `iss`, a country */
  readonly issuer?: string;
  /** instants */
  readonly issuedAt?: string;
  readonly expiresAt?: string;
  readonly group?: Group;
  /** the decoded hcert, personal: for whoever asked, never for a log */
  readonly payload?: Payload;
  /** seconds from the lists' issue to the judged time; absent where there is no list that can be believed */
  readonly trustAge?: number;
  readonly documentSignersAge?: number;
  readonly revocationsAge?: number;
};
