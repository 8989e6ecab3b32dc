import { compareBytes, fromBase64 } from '#core/bytes';
import type { Evidence, Material } from '#core/sign/evidence';
import type { Certificate } from '../der/certificate.ts';
import { readCrl } from '../der/crl.ts';
import { readOcspResponse } from '../der/ocsp.ts';
import { invalid, read, type Finding } from '../finding.ts';
import { knownCertificate } from '../known-certificate.ts';
import type { UsedMaterial } from '../judge-chain.ts';
import type { Answers } from '../revocation/check-revocation.ts';

/** The material of an evidence file, read. */
export type ReadMaterial = Answers & { readonly certificates: readonly Certificate[] };

export type FoundMaterial = ReadMaterial & { readonly findings: readonly Finding[] };

/** What cannot be read is left out and found: CERTIFICATE_MALFORMED, CRL_MALFORMED, OCSP_MALFORMED. */
export function readMaterial(material: Material): FoundMaterial {
  const findings: Finding[] = [];
  const each = <T>(texts: readonly string[], reader: (der: Uint8Array) => T): T[] =>
    texts.flatMap((text) => read(() => reader(fromBase64(text) ?? new Uint8Array()), findings) ?? []);
  return {
    certificates: each(material.certificates, knownCertificate),
    crls: each(material.crls, readCrl),
    ocsp: each(material.ocsp, readOcspResponse),
    findings,
  };
}

/** CRLs and OCSP answers by what they say and not by how they were given, so that those that were used have one order only. */
export function inOneOrder({ crls, ocsp }: Answers): Answers {
  const nothing = new Uint8Array();
  return {
    crls: crls.length < 2 ? crls : [...crls].sort((a, b) => compareBytes(a.tbs, b.tbs)),
    ocsp:
      ocsp.length < 2
        ? ocsp
        : [...ocsp].sort((a, b) => compareBytes(a.answer?.tbs ?? nothing, b.answer?.tbs ?? nothing)),
  };
}

/**
 * Evidence holds nothing that was not used (formats §3): each certificate, CRL and OCSP answer once, on a path, and in the order
 * of use, so that there is one spelling only; log entries have no use yet.
 * @param used of each attestation; where one has no path, the question waits (the verdict is not `valid` anyway)
 */
export function nothingUnused(
  { attestations, material }: Pick<Evidence, 'attestations' | 'material'>,
  { certificates, crls, ocsp }: ReadMaterial,
  used: readonly (UsedMaterial | null)[],
): Finding[] {
  const unused = (what: string) => [invalid('EVIDENCE_UNUSED_MATERIAL', what)];
  if (attestations.some(({ log }) => log)) return unused('log entry');
  const texts = [...material.certificates, ...material.crls, ...material.ocsp];
  if (new Set(texts).size < texts.length) return unused('the same twice');
  const known = used.filter((one) => one !== null);
  if (known.length < used.length) return [];
  const isInOrder = <T>(found: readonly T[], wanted: readonly T[]) => {
    const each = [...new Set(wanted)];
    return found.length === each.length && found.every((one, i) => one === each[i]);
  };
  const areUsed =
    isInOrder(
      certificates,
      known.flatMap((one) => one.certificates),
    ) &&
    isInOrder(
      crls,
      known.flatMap(({ belonging }) => belonging.crls),
    ) &&
    isInOrder(
      ocsp,
      known.flatMap(({ belonging }) => belonging.ocsp),
    );
  return areUsed
    ? []
    : unused('a certificate, CRL or OCSP answer that no path needs, or not in the order of use');
}
