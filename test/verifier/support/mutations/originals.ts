import { base64, fromBase64, utf8 } from '#core/bytes';
import { evidenceBytes, type Evidence } from '#core/sign/evidence';
import type { VerifyOptions } from '#verifier/index';
import { NOW } from '../ask-path.ts';
import { noCheck, ocspAnswer, ocspSigning } from '../ocsp.ts';
import {
  ecEvidence,
  ecFamily,
  ecItem,
  list,
  rows,
  rsaEvidence,
  rsaFamily,
  rsaItem,
  rsaSigner,
} from '../standard-world.ts';
import { ocspSeed, seedFamilies, seedRows, seedServices, stampedSeed } from '../stamped-seeds.ts';
import { asking, makeEvidence, makeList, proofOf, record, signerRow, trustList } from '../world.ts';
import { issue } from '../x509.ts';

/** What is good before it is changed: evidence of every make, signatures over their statements, OCSP answers. */

const facility = issue({ name: 'Bệnh viện', keyKind: 'p384', issuer: rsaFamily.ca });
const facilityList = makeList([record(6), record(9)], {
  kind: 'facility',
  unit: { code: '79-00123', name: 'Bệnh viện' },
  batchId: '01800000-0000-7000-8000-00000000b009',
});
const byFacility = makeEvidence({ list: facilityList, index: 0, signer: facility, family: rsaFamily });
const byDistrict = ecEvidence({ withOpening: true });
/** Of the same batch, under the same signature. */
const sameBatch: Evidence = {
  ...ecEvidence({ index: 1 }),
  attestations: byDistrict.attestations.map((one) => ({ ...one, proof: proofOf(list, 1) })),
};
const byBoth: Evidence = {
  ...byDistrict,
  attestations: [...byFacility.attestations, ...byDistrict.attestations],
  material: {
    certificates: [...byFacility.material.certificates, ...byDistrict.material.certificates],
    crls: [...byFacility.material.crls, ...byDistrict.material.crls],
    ocsp: [],
  },
};
const pss = makeEvidence({
  list,
  index: 0,
  signer: rsaSigner,
  family: rsaFamily,
  cms: { signature: 'pss', others: [rsaFamily.ca.certificate] },
  material: { certificates: [] },
});

const withOpening = [byDistrict, byBoth, ecItem({ index: 4, withOpening: true })];
export const evidences: readonly Evidence[] = [
  rsaEvidence(),
  sameBatch,
  pss,
  rsaItem(),
  ecItem({ index: 3 }),
  byFacility,
  ...withOpening,
  stampedSeed,
  ocspSeed,
];

function withoutOpening(evidence: Evidence): Evidence {
  const copy = { ...evidence };
  delete copy.opening;
  return copy;
}

/** Evidence without its opening is the copy for others: good as well. */
export const goodBytes: ReadonlySet<string> = new Set(
  [...evidences, ...withOpening.map(withoutOpening)].map((one) => base64(evidenceBytes(one))),
);

const listed = trustList(
  [rsaFamily, ecFamily, ...seedFamilies],
  [...rows, ...seedRows, signerRow(facility, rsaFamily.ca, { kind: 'facility', unit: '79-00123' })],
);
export const trusted = { ...listed, services: [...listed.services, ...seedServices] };

export function verifyOptions(): Promise<VerifyOptions> {
  return asking({ trust: trusted, status: null, offline: true });
}

/** Without those of `pss` and `stampedSeed`: a signature may carry its intermediate or a stamp or not, outside of evidence both are good. */
export const signatures = evidences
  .filter((one) => one !== pss && one !== stampedSeed)
  .flatMap(({ attestations }) =>
    attestations.map(({ statement, signature }) => ({
      statement: utf8(statement),
      cms: fromBase64(signature) ?? new Uint8Array(),
    })),
  );
const families = [rsaFamily, ecFamily, ...seedFamilies];
export const intermediates = families.map(({ ca }) => ca.certificate);
export const crls = families.flatMap(({ caCrl, rootCrl }) => [caCrl, rootCrl]);

const leaves = [
  issue({ name: 'one', issuer: ecFamily.root }),
  issue({ name: 'two', issuer: rsaFamily.root }),
];
const answers = leaves.flatMap((leaf) => {
  const issuer = leaf === leaves[0] ? ecFamily.root : rsaFamily.root;
  const responder = issue({ name: 'responder', issuer, extensions: [ocspSigning, noCheck] });
  const about = { of: leaf, issuer };
  const revoked = { ...about, status: { revokedAt: '2025-06-01T00:00:00Z', reason: 1 } };
  const asked = { certificate: leaf.certificate, issuer: issuer.certificate };
  return [
    { ...asked, isGood: true, response: ocspAnswer({ singles: [about], responder: issuer }) },
    {
      ...asked,
      isGood: true,
      response: ocspAnswer({ singles: [about], responder, certificates: [responder] }),
    },
    { ...asked, isGood: false, response: ocspAnswer({ singles: [revoked], responder: issuer }) },
    {
      ...asked,
      isGood: false,
      response: ocspAnswer({ singles: [{ ...about, status: 'unknown' }], responder: issuer }),
    },
  ];
});
export const ocspAnswers = answers.map((one, id) => ({ ...one, id: String(id), at: NOW }));
