import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { base64 } from '#core/bytes';
import { instant } from '#core/dates';
import { daysAfter, makeFamily } from './authorities.ts';
import { revoke, writeCrl } from './crls.ts';
import { wholeSecond } from './der.ts';
import { findPki, settlePki } from './find-pki.ts';
import { writeDocumentSigners } from './document-signers.ts';
import { layoutOf, type Layout } from './layout.ts';
import { makeMinistry } from './ministry.ts';
import { AUTHORITY_NAMES, loadPki, PKI_VERSION, writeDescription, type Pki, type PkiSigner } from './pki.ts';
import { completeOptions, type CompletePkiOptions, type PkiOptions } from './pki-options.ts';
import { planSigners } from './signer-plan.ts';
import { makeSigner, makeSoftwareSigner } from './signers.ts';
import { newFileKey, pemOf } from './signing-key.ts';
import { writeTimeStampAuthority } from './time-stamp-authority.ts';
import { openSoftHsm, type Pins } from './soft-token.ts';
import { closeTokenFolder, softHsmModule, writeSoftHsmConfiguration } from './softhsm.ts';
import { trustKeyFile, TRUST_KEY_NUMBERS, writeTrustKeys, writeTrustList } from './trust.ts';
import {
  authoritiesOf,
  replaceFolder,
  writeAuthorities,
  writePins,
  writeSecret,
  type Families,
} from './write-folder.ts';

type Say = (line: string) => void;
type Making = {
  /** told what is being done */
  readonly say?: Say;
  /** keep a folder that is good enough, or that another process completed meanwhile */
  readonly onlyIfNeeded?: boolean;
};

/**
 * Makes a test PKI in `dir`, beside it first and then renamed, so that a folder of that name is always complete; what was
 * there is replaced. Loads SoftHSM into this process, which then keeps its configuration: run it in a process of its own
 * (`ensurePki` does).
 * @param at the PKI's present: certificates, CRLs and the trust list are dated from it
 * @throws Refusal SOFTHSM_MISSING, MODULE_FAILED, CONFIG_INVALID
 */
export async function makePki(dir: string, options: PkiOptions, at: Date, making: Making = {}): Promise<Pki> {
  const { say = () => undefined, onlyIfNeeded = false } = making;
  const existing = async () => (onlyIfNeeded ? await findPki(dir, options, at) : null);
  const found = await existing();
  if (found) return found;

  const complete = completeOptions(options);
  const target = resolve(dir);
  await mkdir(dirname(target), { recursive: true });
  const fresh = await mkdtemp(join(dirname(target), `.${basename(target)}-new-`));
  try {
    await build(fresh, complete, wholeSecond(at), say);
    await replaceFolder(fresh, target, async () => (await existing()) !== null);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return settlePki(target);
}

async function build(dir: string, options: CompletePkiOptions, at: Date, say: Say): Promise<void> {
  const files = layoutOf(dir);
  for (const folder of [files.keys, files.crls, files.certificates, files.unknown, files.pkcs12])
    await mkdir(folder, { mode: 0o700 });

  say('authorities');
  const families = await makeFamilies(at, options);
  await writeAuthorities(files, families);
  await writeTimeStampAuthority(files, families.government.issuing, at);
  const pins = await writePins(files);

  const modulePath = options.software === true ? '' : softHsmModule();
  const signers = await makeSigners(files, modulePath, pins, families, options, at, say);
  say('the Ministry');
  const documentSigners = await makeMinistry(files, modulePath, pins, options, at);

  await writeDescription(dir, {
    version: PKI_VERSION,
    madeAt: instant(at),
    options: { ...options, districts: [...options.districts], facilities: [...options.facilities] },
    modulePath,
    softHsmConfiguration: 'softhsm2.conf',
    pinFile: 'pin',
    authorities: authoritiesOf(families).map(({ name, family, certificate }) => ({
      name,
      family,
      certificate: base64(certificate),
      crlNumber: 0,
      thisUpdate: instant(daysAfter(at, -1 / 24)),
      revoked: [],
    })),
    signers,
    documentSigners,
  });
  say('trust list and CRLs');
  await publishTrust(await loadPki(dir), at);
}

async function makeFamilies(at: Date, { addresses }: CompletePkiOptions): Promise<Families> {
  const [government, national, unknown] = await Promise.all([
    makeFamily('government', at, addresses),
    makeFamily('national', at, addresses),
    makeFamily('unknown', at, addresses),
  ]);
  return { government, national, unknown };
}

async function makeSigners(
  files: Layout,
  modulePath: string,
  pins: Pins,
  families: Families,
  options: CompletePkiOptions,
  at: Date,
  say: Say,
): Promise<PkiSigner[]> {
  await writeSoftHsmConfiguration(files.softHsmConfiguration, files.tokens);
  const hsm = modulePath === '' ? null : openSoftHsm(modulePath, files.softHsmConfiguration);
  try {
    const plans = planSigners(options);
    const signers: PkiSigner[] = [];
    for (const [index, plan] of plans.entries()) {
      if (index % 10 === 0) say(`signers, ${index} of ${plans.length}`);
      const family = families[plan.family];
      signers.push(
        hsm && plan.keyStorage === 'token'
          ? makeSigner(hsm, pins, family, plan, at, options.addresses)
          : await makeSoftwareSigner(files, family, plan, at, options.addresses),
      );
    }
    return signers;
  } finally {
    hsm?.close();
    await closeTokenFolder(files.tokens);
  }
}

/** CRLs are an hour old at once, for judges whose clock is behind. */
async function publishTrust(pki: Pki, at: Date): Promise<void> {
  for (const number of TRUST_KEY_NUMBERS)
    await writeSecret(trustKeyFile(pki, number), pemOf(await newFileKey('P-256')));
  for (const file of [pki.files.statusKey, pki.files.documentSignersKey, pki.files.revocationsKey])
    await writeSecret(file, pemOf(await newFileKey('P-256')));

  let current = pki;
  for (const name of AUTHORITY_NAMES)
    current = await writeCrl(current, name, { thisUpdate: daysAfter(at, -1 / 24) });
  if (pki.signers.some(({ name }) => name === 'bad-revoked'))
    current = await revoke(current, 'bad-revoked', daysAfter(at, -1), 'keyCompromise');

  await writeTrustKeys(current);
  await writeTrustList(current, at);
  await writeDocumentSigners(current, at);
}
