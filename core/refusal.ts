import { refusalTexts } from './refusal-texts.ts';

/**
 * Every way in which kyso says no: a closed list, the contract of all parts. `http` is the status at the API's edge,
 * `fixable` says that a person can put it right and try again.
 */
export const refusals = {
  // reading what comes in
  INPUT_TOO_LARGE: { http: 413, fixable: true },
  NOT_CANONICAL: { http: 422, fixable: false },
  SOURCE_UNREADABLE: { http: 422, fixable: true },
  SOURCE_TOO_LARGE: { http: 413, fixable: true },
  SOURCE_ALREADY_IMPORTED: { http: 409, fixable: false },
  ROW_UNREADABLE: { http: 422, fixable: true },
  RECORD_AMBIGUOUS: { http: 422, fixable: true },
  RECORD_MALFORMED: { http: 422, fixable: false },
  RECORD_UNKNOWN: { http: 404, fixable: false },
  RECORD_NOT_ELIGIBLE: { http: 422, fixable: true },
  CORRECTION_CONFLICT: { http: 409, fixable: true },
  REGISTER_UNREACHABLE: { http: 503, fixable: true },
  ATTESTATION_NOT_ALLOWED: { http: 409, fixable: false },
  // batches
  BATCH_UNKNOWN: { http: 404, fixable: false },
  BATCH_EMPTY: { http: 409, fixable: true },
  BATCH_OPEN: { http: 409, fixable: true },
  BATCH_CHANGED: { http: 409, fixable: false },
  BATCH_WITHDRAWN: { http: 409, fixable: false },
  BATCH_ALREADY_SIGNED: { http: 409, fixable: false },
  BATCH_BEING_SIGNED: { http: 409, fixable: true },
  BATCH_OF_OTHER_MODE: { http: 409, fixable: false },
  STATEMENT_MALFORMED: { http: 422, fixable: false },
  STATEMENT_OUT_OF_SEQUENCE: { http: 409, fixable: false },
  // tickets, devices, sessions
  ENROLMENT_CODE_INVALID: { http: 403, fixable: true },
  DEVICE_UNKNOWN: { http: 403, fixable: true },
  TICKET_UNKNOWN: { http: 404, fixable: true },
  TICKET_EXPIRED: { http: 409, fixable: true },
  TICKET_USED: { http: 409, fixable: true },
  TICKET_OF_OTHER_DEVICE: { http: 403, fixable: true },
  TICKET_OF_OTHER_CERTIFICATE: { http: 403, fixable: true },
  SESSION_ENDED: { http: 409, fixable: true },
  // the agent and its token
  AGENT_NOT_ENROLLED: { http: 409, fixable: true },
  AGENT_STATE_DAMAGED: { http: 500, fixable: true },
  AGENT_BUSY: { http: 409, fixable: true },
  AGENT_NOT_RUNNING: { http: 503, fixable: true },
  AGENT_TOO_OLD: { http: 409, fixable: true },
  CLOCK_WRONG: { http: 409, fixable: true },
  DOOR_FORBIDDEN: { http: 403, fixable: false },
  APPROVAL_OF_OTHER_DIGEST: { http: 409, fixable: true },
  SIGNING_STOPPED: { http: 409, fixable: true },
  API_UNREACHABLE: { http: 503, fixable: true },
  API_ANSWER_INVALID: { http: 502, fixable: false },
  APPROVAL_DECLINED: { http: 409, fixable: true },
  MODULE_ABSENT: { http: 409, fixable: true },
  MODULE_UNFIT: { http: 409, fixable: true },
  MODULE_NOT_ALLOWED: { http: 409, fixable: true },
  MODULE_FAILED: { http: 503, fixable: true },
  TOKEN_ABSENT: { http: 409, fixable: true },
  TOKEN_AMBIGUOUS: { http: 409, fixable: true },
  TOKEN_REMOVED: { http: 409, fixable: true },
  TOKEN_FAILED: { http: 503, fixable: true },
  TOKEN_WANTS_PIN_EACH: { http: 409, fixable: true },
  TOKEN_MECHANISM_MISSING: { http: 409, fixable: false },
  SIGNER_CERTIFICATE_ABSENT: { http: 409, fixable: true },
  SIGNER_CERTIFICATE_AMBIGUOUS: { http: 409, fixable: true },
  SIGNER_KEY_ABSENT: { http: 409, fixable: true },
  KEY_MISMATCH: { http: 409, fixable: false },
  PIN_WRONG: { http: 409, fixable: true },
  PIN_LOCKED: { http: 409, fixable: false },
  PIN_LAST_TRY: { http: 409, fixable: true },
  PIN_WANTED_AGAIN: { http: 409, fixable: true },
  PIN_UNREADABLE: { http: 409, fixable: true },
  PIN_PAD_UNSUPPORTED: { http: 409, fixable: false },
  PKCS12_NOT_PRIVATE: { http: 409, fixable: true },
  PKCS12_UNREADABLE: { http: 409, fixable: true },
  // the signature and its signer
  SIGNATURE_MALFORMED: { http: 422, fixable: false },
  SIGNATURE_INVALID: { http: 422, fixable: false },
  SIGNER_UNTRUSTED: { http: 422, fixable: false },
  SIGNER_OF_OTHER_UNIT: { http: 422, fixable: false },
  SIGNER_NOT_ON_TOKEN: { http: 422, fixable: true },
  SIGNER_EXPIRED: { http: 422, fixable: true },
  SIGNER_NOT_YET_VALID: { http: 422, fixable: true },
  SIGNER_KEY_USAGE: { http: 422, fixable: false },
  SIGNER_ALGORITHM: { http: 422, fixable: false },
  SIGNER_REVOKED: { http: 422, fixable: false },
  REVOKED_NO_POE: { http: 422, fixable: false },
  REVOCATION_UNKNOWN: { http: 409, fixable: true },
  ISSUER_UNKNOWN: { http: 404, fixable: false },
  CERTIFICATE_MALFORMED: { http: 422, fixable: false },
  CERTIFICATE_SIGNATURE_INVALID: { http: 422, fixable: false },
  CA_EXPIRED: { http: 422, fixable: false },
  CA_CONSTRAINTS: { http: 422, fixable: false },
  CA_REVOKED: { http: 422, fixable: false },
  TIMESTAMP_MALFORMED: { http: 422, fixable: false },
  TIMESTAMP_INVALID: { http: 422, fixable: false },
  OCSP_MALFORMED: { http: 422, fixable: false },
  CRL_MALFORMED: { http: 422, fixable: false },
  PATH_NAMES: { http: 422, fixable: false },
  PATH_POLICY: { http: 422, fixable: false },
  PATH_NOT_UNDERSTOOD: { http: 409, fixable: false },
  // evidence, trust and status
  EVIDENCE_MALFORMED: { http: 422, fixable: false },
  EVIDENCE_INCOMPLETE: { http: 409, fixable: true },
  EVIDENCE_UNUSED_MATERIAL: { http: 422, fixable: false },
  PROOF_INVALID: { http: 422, fixable: false },
  OPENING_INVALID: { http: 422, fixable: false },
  RECORD_OF_OTHER_CAMPAIGN: { http: 422, fixable: false },
  RECORD_SUPERSEDED: { http: 409, fixable: false },
  RECORD_WITHDRAWN: { http: 409, fixable: false },
  TRUST_UNPINNED: { http: 409, fixable: true },
  TRUST_MALFORMED: { http: 422, fixable: false },
  TRUST_UNTRUSTED: { http: 409, fixable: false },
  TRUST_STALE: { http: 409, fixable: true },
  TRUST_OF_OTHER_INSTANCE: { http: 409, fixable: false },
  TRUST_KEY_NOT_PINNED: { http: 409, fixable: true },
  TRUST_KEY_NOT_PRIVATE: { http: 409, fixable: true },
  STATUS_UNKNOWN: { http: 409, fixable: true },
  STATUS_MALFORMED: { http: 422, fixable: false },
  STATUS_UNTRUSTED: { http: 409, fixable: false },
  STATUS_STALE: { http: 409, fixable: true },
  STATUS_TOO_LARGE: { http: 500, fixable: false },
  // the certificate that people carry: what cannot be issued
  POLICY_NOT_MET: { http: 409, fixable: true },
  CODES_INCONSISTENT: { http: 422, fixable: true },
  CERTIFICATE_KEY_NONE: { http: 409, fixable: true },
  CERTIFICATE_CLAIMS_DIFFER: { http: 422, fixable: false },
  CERTIFICATE_ALREADY_ISSUED: { http: 409, fixable: false },
  CERTIFICATE_LIMIT: { http: 429, fixable: true },
  CERTIFICATE_UNKNOWN: { http: 404, fixable: true },
  DOCUMENT_SIGNER_USAGE: { http: 422, fixable: false },
  // the certificate that people carry: mistakes of issuers (formats §6)
  CLAIMS_MALFORMED: { http: 422, fixable: false },
  CLAIMS_EXPIRY_DURATION: { http: 422, fixable: false },
  CLAIMS_DATES_SWAPPED: { http: 422, fixable: false },
  CLAIMS_VALIDITY_TOO_LONG: { http: 422, fixable: false },
  CLAIMS_DATE_WITH_TIME: { http: 422, fixable: false },
  CLAIMS_MEMBER_MISSING: { http: 422, fixable: false },
  CLAIMS_NULL_GROUP: { http: 422, fixable: false },
  CLAIMS_SEVERAL_DOSES: { http: 422, fixable: false },
  CLAIMS_NOT_INTEGER: { http: 422, fixable: false },
  CLAIMS_NAME_NOT_TRANSLITERATED: { http: 422, fixable: false },
  CLAIMS_NAME_FILLER_AT_END: { http: 422, fixable: false },
  CLAIMS_NAMES_SWAPPED: { http: 422, fixable: false },
  // the certificate that people carry: what a verifier finds
  HC1_UNREADABLE: { http: 422, fixable: true },
  HC1_SIGNATURE_INVALID: { http: 422, fixable: false },
  HC1_EXPIRED: { http: 422, fixable: true },
  HC1_NOT_YET_VALID: { http: 422, fixable: false },
  HC1_OUTSIDE_SIGNER_DATES: { http: 422, fixable: false },
  QR_UNREADABLE: { http: 422, fixable: true },
  CERTIFICATE_REVOKED: { http: 409, fixable: false },
  DOCUMENT_SIGNER_UNKNOWN: { http: 422, fixable: false },
  DOCUMENT_SIGNERS_MALFORMED: { http: 422, fixable: false },
  DOCUMENT_SIGNERS_UNTRUSTED: { http: 409, fixable: false },
  DOCUMENT_SIGNERS_STALE: { http: 409, fixable: true },
  REVOCATIONS_MALFORMED: { http: 422, fixable: false },
  REVOCATIONS_UNTRUSTED: { http: 409, fixable: false },
  REVOCATIONS_STALE: { http: 409, fixable: true },
  REVOCATIONS_UNKNOWN: { http: 409, fixable: true },
  // paper
  PAPER_UNPRINTABLE: { http: 422, fixable: false },
  PAPERS_NOT_READY: { http: 409, fixable: true },
  PAPERS_GONE: { http: 410, fixable: true },
  // the API's edge
  TOO_MANY_REQUESTS: { http: 429, fixable: true },
  REQUEST_MALFORMED: { http: 400, fixable: true },
  ROUTE_UNKNOWN: { http: 404, fixable: false },
  UNAUTHENTICATED: { http: 401, fixable: true },
  FORBIDDEN: { http: 403, fixable: false },
  IDEMPOTENCY_KEY_MISSING: { http: 400, fixable: true },
  IDEMPOTENCY_KEY_REUSED: { http: 422, fixable: false },
  IDEMPOTENCY_IN_PROGRESS: { http: 409, fixable: true },
  OVERLOADED: { http: 503, fixable: true },
  UNAVAILABLE: { http: 503, fixable: true },
  POSTGRES_MISSING: { http: 503, fixable: true },
  POSTGRES_FOLDER: { http: 503, fixable: true },
  POSTGRES_FAILED: { http: 503, fixable: true },
  SOFTHSM_MISSING: { http: 503, fixable: true },
  CONFIG_INVALID: { http: 500, fixable: true },
  INTERNAL: { http: 500, fixable: false },
} as const satisfies Record<string, { readonly http: number; readonly fixable: boolean }>;

export type RefusalCode = keyof typeof refusals;

/** One located fault: `at` is a JSON pointer, a cell address or a row number, never the value itself. */
export type Fault = {
  readonly at: string;
  readonly code: string;
  readonly vi?: string;
  readonly en?: string;
};

export type RefusalOptions = {
  /** For the log and for engineers: English, without personal data. */
  readonly detail?: string;
  readonly faults?: readonly Fault[];
  readonly cause?: unknown;
};

/** "It cannot be": the only error that parts of kyso throw on purpose. People read `texts`; programs read `code`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly detail: string | undefined;
  readonly faults: readonly Fault[];

  constructor(code: RefusalCode, options: RefusalOptions = {}) {
    super(options.detail ? `${code}: ${options.detail}` : code, { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.faults = options.faults ?? [];
  }

  get texts(): { readonly vi: string; readonly en: string } {
    return refusalTexts[this.code];
  }

  get fixable(): boolean {
    return refusals[this.code].fixable;
  }

  get http(): number {
    return refusals[this.code].http;
  }
}

export function isRefusal(error: unknown, code?: RefusalCode): error is Refusal {
  return error instanceof Refusal && (code === undefined || error.code === code);
}

export function isRefusalCode(text: string): text is RefusalCode {
  return Object.hasOwn(refusals, text);
}
