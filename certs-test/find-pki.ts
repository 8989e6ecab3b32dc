import { cp } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { layoutOf } from './layout.ts';
import { loadPki, type Pki } from './pki.ts';
import { completeOptions, type PkiOptions } from './pki-options.ts';
import { writeSoftHsmConfiguration } from './softhsm.ts';
import { isRefusal } from '#core/refusal';

/** CRLs live 30 days: a PKI made less than this ago has ten good days left. */
const MAX_AGE_DAYS = 20;

/** @returns the PKI in `dir` where it was made with these options and is not too old, else null */
export async function findPki(dir: string, options: PkiOptions, at: Date): Promise<Pki | null> {
  if (!existsSync(layoutOf(dir).description)) return null;
  try {
    const pki = await settlePki(dir);
    const age = at.getTime() - Date.parse(pki.description.madeAt);
    const same = JSON.stringify(pki.description.options) === JSON.stringify(completeOptions(options));
    const canBeUsed = pki.modulePath === '' || existsSync(pki.modulePath);
    return same && canBeUsed && age >= 0 && age < MAX_AGE_DAYS * 86_400_000 ? pki : null;
  } catch (error) {
    // of another version, or damaged: it is made anew
    if (isRefusal(error, 'CONFIG_INVALID')) return null;
    throw error;
  }
}

/** Loads a PKI from where it now lies: SoftHSM's configuration holds absolute paths. */
export async function settlePki(dir: string): Promise<Pki> {
  const pki = await loadPki(dir);
  const { files } = pki;
  await writeSoftHsmConfiguration(files.softHsmConfiguration, files.tokens);
  await writeSoftHsmConfiguration(files.ministrySoftHsmConfiguration, files.ministryTokens);
  return pki;
}

/** A PKI of one's own, to revoke in and to sign other lists with, for the price of copying the files. */
export async function copyPki(pki: Pki, dir: string): Promise<Pki> {
  await cp(pki.dir, dir, { recursive: true, errorOnExist: true, force: false });
  return settlePki(dir);
}
