import { webcrypto } from 'node:crypto';
import forge from 'node-forge';
import * as asn1js from 'asn1js';
import * as pkijs from 'pkijs';

/** The libraries that others would use, asked the same questions. None of them decides anything in kyso. */

pkijs.setEngine('node', new pkijs.CryptoEngine({ name: 'node', crypto: webcrypto }));

export async function pkijsChecksCms(cms: Uint8Array, statement: Uint8Array): Promise<boolean> {
  const content = pkijs.ContentInfo.fromBER(buffer(cms));
  const signed = new pkijs.SignedData({ schema: content.content });
  return signed.verify({ signer: 0, data: buffer(statement), checkChain: false });
}

export const pkijsCertificate = (der: Uint8Array): pkijs.Certificate =>
  pkijs.Certificate.fromBER(buffer(der));
export const pkijsCrl = (der: Uint8Array): pkijs.CertificateRevocationList =>
  pkijs.CertificateRevocationList.fromBER(buffer(der));

/** As pkijsCrl, without asn1js's limit of 10,000 nodes, which pkijs has no way to lift. */
export function pkijsLongCrl(der: Uint8Array): pkijs.CertificateRevocationList {
  const { result } = asn1js.fromBER(buffer(der), { maxNodes: Infinity, maxContentLength: Infinity });
  return new pkijs.CertificateRevocationList({ schema: result });
}

export type PkijsChain = {
  readonly root: pkijs.Certificate;
  readonly ca: pkijs.Certificate;
  readonly end: pkijs.Certificate;
  readonly crls: readonly pkijs.CertificateRevocationList[];
};

export async function pkijsChecksChain({ root, ca, end, crls }: PkijsChain, at: Date): Promise<boolean> {
  const engine = new pkijs.CertificateChainValidationEngine({
    trustedCerts: [root],
    certs: [ca, end],
    crls: [...crls],
    checkDate: at,
  });
  return (await engine.verify()).result;
}

export const forgeCertificate = (der: Uint8Array): forge.pki.Certificate =>
  forge.pki.certificateFromAsn1(forge.asn1.fromDer(Buffer.from(der).toString('binary')));

/** RSA only, without revocation: it knows neither anything else nor CRLs. */
export function forgeChecksChain(
  root: forge.pki.Certificate,
  ca: forge.pki.Certificate,
  end: forge.pki.Certificate,
  at: Date,
): boolean {
  const store = forge.pki.createCaStore([root]);
  return forge.pki.verifyCertificateChain(store, [end, ca], { validityCheckDate: at });
}

function buffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
