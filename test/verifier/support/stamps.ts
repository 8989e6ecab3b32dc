import { base64, fromBase64 } from '#core/bytes';
import type { Evidence } from '#core/sign/evidence';
import type { TrustList } from '#core/sign/trust-list';
import { fileKey } from '#certs-test/signing-key';
import {
  attachTimeStamp,
  issueTimeStamp,
  signatureOctets,
  type TimeStampOrder,
} from '#certs-test/time-stamp';
import { oid, sequence } from './der-write.ts';
import { noCheck, ocspAnswer, ocspSigning, type OcspOptions, type Single } from './ocsp.ts';
import { ecEvidence, ecFamily, ecSigner, trust } from './standard-world.ts';
import { issue, issueCrl, type Extension, type Holder } from './x509.ts';

/** Evidence with a time stamp, with CRLs from after it, and with OCSP answers. */

/** Forty minutes after the claimed signing time. */
export const STAMPED_AT = '2022-04-29T09:00:00Z';
export const AFTER_STAMP = '2022-04-29T12:00:00Z';
const UNTIL = '2022-05-29T00:00:00Z';

export const timeStamping: Extension = ['2.5.29.37', true, sequence(oid('1.3.6.1.5.5.7.3.8'))];
export const authority = issue({
  name: 'Dấu thời gian',
  issuer: ecFamily.ca,
  extensions: [timeStamping],
});

export const named = (
  holder: Holder,
  changes: Partial<TrustList['services'][number]> = {},
): TrustList['services'][number] => ({
  service: 'timestamp',
  key: base64(holder.certificate),
  from: '2022-01-01T00:00:00Z',
  ...changes,
});

export const stampTrust: TrustList = { ...trust, services: [...trust.services, named(authority)] };

export type StampOptions = Partial<Omit<TimeStampOrder, 'at'>> & {
  readonly at?: string;
  readonly by?: Holder;
  readonly chain?: readonly Holder[];
};

/** @param cms whose signature is stamped, unless there is `data` */
export function tokenOver(
  cms: Uint8Array,
  { at = STAMPED_AT, by = authority, chain = [ecFamily.ca], ...order }: StampOptions = {},
): Uint8Array {
  const { certificate, key } = by;
  return issueTimeStamp(
    { certificate, chain: chain.map((one) => one.certificate), key: fileKey(key.privateKey) },
    { data: signatureOctets(cms), at: new Date(at), ...order },
  );
}

export const stamp = (cms: Uint8Array, options: StampOptions = {}): Uint8Array =>
  attachTimeStamp(cms, tokenOver(cms, options));

export function cmsOf(evidence: Evidence, i = 0): Uint8Array {
  return fromBase64(evidence.attestations[i]?.signature ?? '') ?? new Uint8Array();
}

export function withCms(evidence: Evidence, change: (cms: Uint8Array) => Uint8Array): Evidence {
  const attestations = evidence.attestations.map((one) => ({
    ...one,
    signature: base64(change(fromBase64(one.signature) ?? new Uint8Array())),
  }));
  return { ...evidence, attestations };
}

type Revoked = { readonly serial: number; readonly at: string };

/** CRLs of the EC family, issued after the stamp. */
export function crlsFrom(from: string, revoked: readonly Revoked[] = [], to = UNTIL): Uint8Array[] {
  return [
    issueCrl({ issuer: ecFamily.ca, from, to, revoked }),
    issueCrl({ issuer: ecFamily.root, from, to }),
  ];
}

export function withCrls(evidence: Evidence, crls: readonly Uint8Array[]): Evidence {
  return { ...evidence, material: { ...evidence.material, crls: crls.map(base64) } };
}

export function withOcsp(evidence: Evidence, ...responses: readonly Uint8Array[]): Evidence {
  return { ...evidence, material: { ...evidence.material, ocsp: responses.map(base64) } };
}

/** @param base one of the EC family */
export function stampedEvidence(
  options: StampOptions = {},
  crls: readonly Uint8Array[] = crlsFrom(AFTER_STAMP),
  base: Evidence = ecEvidence(),
): Evidence {
  return withCrls(
    withCms(base, (cms) => stamp(cms, options)),
    crls,
  );
}

export const responder = issue({
  name: 'Trả lời OCSP',
  issuer: ecFamily.ca,
  extensions: [ocspSigning, noCheck],
});

/** About the EC signer, by his CA unless told otherwise. */
export function ocspAbout(changes: Partial<Single> = {}, options: Partial<OcspOptions> = {}): Uint8Array {
  const single: Single = {
    of: ecSigner,
    issuer: ecFamily.ca,
    from: AFTER_STAMP,
    to: '2022-05-06T00:00:00Z',
    ...changes,
  };
  return ocspAnswer({ singles: [single], responder: ecFamily.ca, ...options });
}

/** In place of the CA's CRL. */
export const rootCrl = issueCrl({ issuer: ecFamily.root, from: AFTER_STAMP, to: UNTIL });
