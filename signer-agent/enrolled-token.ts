import { existsSync } from 'node:fs';
import { Refusal } from '#core/refusal';
import type { Enrolment } from './config.ts';
import { openPkcs11Token } from './token/host.ts';
import { openPkcs12Token } from './token/pkcs12.ts';
import type { Token } from './token/token.ts';

/** @throws Refusal MODULE_ABSENT: the driver was taken off this machine; MODULE_NOT_ALLOWED, MODULE_UNFIT; PKCS12_UNREADABLE, PKCS12_NOT_PRIVATE */
export function openKey({ storage, module }: Pick<Enrolment, 'storage' | 'module'>): Token {
  if (storage === 'software') return openPkcs12Token(module);
  if (!existsSync(module)) throw new Refusal('MODULE_ABSENT', { detail: module });
  return openPkcs11Token(module);
}
