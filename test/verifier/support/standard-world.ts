import type { SignerRow, TrustList } from '#core/sign/trust-list';
import type { VerifyOptions } from '#verifier/index';
import {
  asking,
  makeEvidence,
  makeFamily,
  makeItemEvidence,
  makeList,
  record,
  signerRow,
  trustList,
  type Asking,
  type EvidenceOptions,
} from './world.ts';
import { issue } from './x509.ts';

/** The usual case: district 760 signs seven records, an RSA family and an ECDSA family. */
export const rsaFamily = makeFamily('government', 'rsa');
export const ecFamily = makeFamily('national', 'p256');
export const rsaSigner = issue({ name: 'TTYT Quận 1', keyKind: 'rsa', issuer: rsaFamily.ca });
export const ecSigner = issue({ name: 'TTYT Quận 1 (EC)', keyKind: 'p256', issuer: ecFamily.ca });
export const list = makeList([1, 2, 3, 4, 5, 6, 7].map((number) => record(number)));

export const rows: readonly SignerRow[] = [
  signerRow(rsaSigner, rsaFamily.ca),
  signerRow(ecSigner, ecFamily.ca),
];
export const trust: TrustList = trustList([rsaFamily, ecFamily], rows);

export const rsaEvidence = (changes: Partial<EvidenceOptions> = {}) =>
  makeEvidence({ list, index: 2, signer: rsaSigner, family: rsaFamily, ...changes });
export const ecEvidence = (changes: Partial<EvidenceOptions> = {}) =>
  makeEvidence({ list, index: 5, signer: ecSigner, family: ecFamily, ...changes });

export const rsaItem = (changes: Partial<Parameters<typeof makeItemEvidence>[0]> = {}) =>
  makeItemEvidence({ list, index: 2, signer: rsaSigner, family: rsaFamily, ...changes });
export const ecItem = (changes: Partial<Parameters<typeof makeItemEvidence>[0]> = {}) =>
  makeItemEvidence({ list, index: 5, signer: ecSigner, family: ecFamily, ...changes });

export const options = (changes: Partial<Asking> = {}): Promise<VerifyOptions> =>
  asking({ trust, ...changes });
