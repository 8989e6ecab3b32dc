import type { Enrolment } from './config.ts';
import { openPkcs11Token } from './token/host.ts';
import { openPkcs12Token } from './token/pkcs12.ts';
import type { Token } from './token/token.ts';

/** @throws Refusal MODULE_NOT_ALLOWED, MODULE_UNFIT; PKCS12_UNREADABLE, PKCS12_NOT_PRIVATE */
export function openKey({ storage, module }: Pick<Enrolment, 'storage' | 'module'>): Token {
  return storage === 'software' ? openPkcs12Token(module) : openPkcs11Token(module);
}
