import type { KeyStorage } from '#core/sign/fields';
import { invalid, type Finding } from '../finding.ts';

/** For whoever asks for tokens: a key that the trust list calls software does not do. One of which it says nothing has other findings. */
export function keyStorageSuffices(keyStorage: KeyStorage | null): Finding[] {
  return keyStorage === 'software' ? [invalid('SIGNER_NOT_ON_TOKEN')] : [];
}
