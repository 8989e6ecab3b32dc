import type { RefusalCode } from '#core/refusal';
import type { KeyStorage, UnitKind } from '#core/sign/fields';
import type { VerdictWord } from './finding.ts';

export type TimeSource = 'now' | 'timestamp';

/** The answer about one statement and its signature. Members that could not be read are absent. */
export type AttestationVerdict = {
  readonly verdict: VerdictWord;
  readonly reasons: readonly RefusalCode[];
  /** one line a finding, for engineers: English, without personal data */
  readonly details: readonly string[];
  readonly kind?: UnitKind;
  readonly unit?: string;
  readonly unitName?: string;
  readonly campaign?: string;
  readonly batchId?: string;
  readonly sequence?: number;
  /** records in the list */
  readonly count?: number;
  /** which of them, from 0, where the record was signed by itself */
  readonly index?: number;
  /** first 8 bytes of SHA-256(list statement), hex in fours: what the signer saw */
  readonly shortDigest?: string;
  /** common name in the signer certificate */
  readonly signer?: string;
  /** base64url SHA-256 of the signer certificate */
  readonly signerSha256?: string;
  /** as the trust list has it */
  readonly keyStorage?: KeyStorage;
  /** instant; what the signer's machine says, proves nothing */
  readonly claimedSigningTime?: string;
  /** instant at which path and revocation were judged */
  readonly judgedTime: string;
  /** `now`: without proof of existence the judged time is the time of asking; `timestamp`: a time stamp proves it */
  readonly timeSource: TimeSource;
};

/** The answer about a file of evidence. */
export type Verdict = {
  /** the worst of everything found */
  readonly verdict: VerdictWord;
  /** codes once each, the weightiest first; a `valid` verdict may carry STATUS_UNKNOWN (asked offline) */
  readonly reasons: readonly RefusalCode[];
  readonly details: readonly string[];
  readonly attestations: readonly AttestationVerdict[];
  readonly recordId?: string;
  readonly recordVersion?: number;
  readonly district?: string;
  /** base64url, as status lists name it */
  readonly leafHash?: string;
  /** seconds from the lists' issue to the judged time; absent where there is no list that can be believed */
  readonly trustAge?: number;
  readonly statusAge?: number;
};
