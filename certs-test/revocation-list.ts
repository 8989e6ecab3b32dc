import { authorityKeyIdentifier, extension, signed } from './certificate.ts';
import { enumerated, explicit, integer, raw, sequence, time, type Node } from './der.ts';
import { algorithmIdentifier } from './signature-algorithm.ts';
import type { SigningKey } from './signing-key.ts';

/** reason codes of RFC 5280 §5.3.1 */
export const revocationReasons = {
  unspecified: 0,
  keyCompromise: 1,
  cACompromise: 2,
  affiliationChanged: 3,
  superseded: 4,
  cessationOfOperation: 5,
  certificateHold: 6,
  privilegeWithdrawn: 9,
} as const;
export type RevocationReason = keyof typeof revocationReasons;

export type Revocation = {
  /** DER INTEGER, as the certificate has it */
  readonly serial: Uint8Array;
  readonly at: Date;
  readonly reason: RevocationReason;
};

export type RevocationListOrder = {
  readonly issuer: { /** DER Name */ readonly name: Uint8Array; readonly key: SigningKey };
  readonly number: number;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revoked: readonly Revocation[];
};

/** A complete version 2 CRL (RFC 5280 §5) for all that the issuer issued, DER. */
export function issueRevocationList({
  issuer,
  number,
  thisUpdate,
  nextUpdate,
  revoked,
}: RevocationListOrder): Uint8Array {
  const content = sequence(
    integer(1),
    algorithmIdentifier(issuer.key.algorithm),
    raw(issuer.name),
    time(thisUpdate),
    time(nextUpdate),
    // the list is absent, not empty, where nothing is revoked (§5.1.2.6)
    ...(revoked.length === 0 ? [] : [sequence(...revoked.map(entry))]),
    explicit(
      0,
      sequence(authorityKeyIdentifier(issuer.key.publicKey), extension('2.5.29.20', false, integer(number))),
    ),
  );
  return signed(content, issuer.key);
}

/** The reason is left out where it is unspecified (§5.3.1). */
function entry({ serial, at, reason }: Revocation): Node {
  const code = revocationReasons[reason];
  const extensions = code === 0 ? [] : [sequence(extension('2.5.29.21', false, enumerated(code)))];
  return sequence(raw(serial), time(at), ...extensions);
}
