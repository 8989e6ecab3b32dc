import { base64 } from '#core/bytes';
import type { Evidence } from '#core/sign/evidence';
import type { SignerRow, TrustList } from '#core/sign/trust-list';
import { noCheck, ocspSigning } from './ocsp.ts';
import { list } from './standard-world.ts';
import { AFTER_STAMP, named, ocspAbout, stamp, timeStamping, withCms } from './stamps.ts';
import { makeEvidence, makeFamily, signerRow, type Family } from './world.ts';
import { issue, issueCrl, type Holder } from './x509.ts';

/**
 * Evidence of which nothing can be spared: with a time stamp and OCSP answers in place of the CA's CRL, and with the answer of a delegated
 * responder. Each has a family of its own, so that no part of other evidence fits.
 */

const stamped = familyOf('có dấu thời gian');
const delegated = familyOf('có OCSP');
const stampSigner = issue({ name: 'TTYT A', issuer: stamped.ca });
const ocspSigner = issue({ name: 'TTYT B', issuer: delegated.ca });
const authority = issue({ name: 'TSA', issuer: stamped.ca, extensions: [timeStamping] });
const responder = issue({ name: 'OCSP', issuer: delegated.ca, extensions: [ocspSigning, noCheck] });

function familyOf(name: string): Family {
  const family = makeFamily(name, 'p256');
  return { ...family, rootCrl: issueCrl({ issuer: family.root, from: AFTER_STAMP }) };
}

function evidenceWith(family: Family, signer: Holder, ocsp: readonly Uint8Array[]): Evidence {
  const material = { crls: [base64(family.rootCrl)], ocsp: ocsp.map(base64) };
  return makeEvidence({ list, index: 4, signer, family, material });
}

const bySignerAndAuthority = [stampSigner, authority].map((of) =>
  ocspAbout({ of, issuer: stamped.ca }, { responder: stamped.ca }),
);

export const stampedSeed: Evidence = withCms(
  evidenceWith(stamped, stampSigner, bySignerAndAuthority),
  (cms) => stamp(cms, { by: authority, chain: [stamped.ca] }),
);

export const ocspSeed: Evidence = evidenceWith(delegated, ocspSigner, [
  ocspAbout({ of: ocspSigner, issuer: delegated.ca }, { responder, certificates: [responder] }),
]);

export const seedFamilies: readonly Family[] = [stamped, delegated];
export const seedRows: readonly SignerRow[] = [
  signerRow(stampSigner, stamped.ca),
  signerRow(ocspSigner, delegated.ca),
];
export const seedServices: TrustList['services'] = [named(authority)];
