import { sameBytes } from '#core/bytes';
import type { Crypto } from '../crypto-port.ts';
import { fits } from '../der/algorithms.ts';
import { invalid, type Finding } from '../finding.ts';
import type { Cms } from './read-cms.ts';
import { namesCertificate } from './signed-attributes.ts';

/**
 * Whether the signature holds: over these statement bytes, by the key of the signer certificate inside, which the signed attributes
 * name. Whether that certificate means anything is another question (path/).
 */
export async function checkCms(cms: Cms, statement: Uint8Array, crypto: Crypto): Promise<Finding[]> {
  const { algorithm, attributes, signer } = cms;
  const findings: Finding[] = [];
  if (!sameBytes(attributes.messageDigest, crypto[algorithm.hash](statement)))
    findings.push(invalid('SIGNATURE_INVALID', 'message digest'));
  if (
    !sameBytes(attributes.certificateHash, crypto.sha256(signer.der)) ||
    !namesCertificate(attributes.issuerSerial, signer)
  )
    findings.push(invalid('SIGNATURE_INVALID', 'the signed attributes name another certificate'));
  if (!fits(algorithm.algorithm, signer.publicKey))
    findings.push(invalid('SIGNER_ALGORITHM', `${algorithm.algorithm} with a key of another kind`));
  else if (!(await crypto.verify(algorithm.algorithm, signer.spki, cms.signedBytes, cms.signature)))
    findings.push(invalid('SIGNATURE_INVALID', 'signature value'));
  return findings;
}
