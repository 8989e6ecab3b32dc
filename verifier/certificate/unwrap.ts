import { decodeBase45 } from '#core/certificate/base45';
import { MAX_COSE_BYTES, withoutPrefix } from '#core/certificate/hc1';
import type { Crypto } from '../crypto-port.ts';
import { invalid, type Finding } from '../finding.ts';
import type { Steps } from './verdict.ts';

/** The COSE bytes of a text `HC1:…` (hcert-spec §4), or null where a step fails. Lengths are bounded before and while inflating. */
export function unwrap(text: string, crypto: Crypto, steps: Steps, findings: Finding[]): Uint8Array | null {
  const base45 = withoutPrefix(text);
  steps.prefix = base45 !== null;
  if (base45 === null) return unreadable('prefix', findings);
  const compressed = decodeBase45(base45);
  steps.base45 = compressed !== null;
  if (!compressed) return unreadable('base45', findings);
  const cose = inflated(compressed, crypto);
  steps.zlib = cose !== null;
  return cose ?? unreadable('zlib', findings);
}

function inflated(compressed: Uint8Array, crypto: Crypto): Uint8Array | null {
  try {
    return crypto.inflate(compressed, MAX_COSE_BYTES);
  } catch {
    return null;
  }
}

function unreadable(step: string, findings: Finding[]): null {
  findings.push(invalid('HC1_UNREADABLE', step));
  return null;
}
