import { base64 } from '#core/bytes';
import { isRefusal, Refusal } from '#core/refusal';
import { AgentApi } from '../api.ts';
import { apiOrigin, isLoopback, openHome, writeEnrolment, type Enrolment, type Home } from '../config.ts';
import { makeDeviceKey, proveEnrolment } from '../device-key.ts';
import { openKey } from '../enrolled-token.ts';
import { lockHome } from '../lock.ts';
import { searchedModules } from '../searched-modules.ts';
import { readPin } from '../terminal/read-pin.ts';
import { findSigner, findToken } from '../token/find-token.ts';
import { allowModule } from '../token/modules.ts';
import { ensureMaySign, type SignerCertificate } from '../token/signer-certificate.ts';
import type { Token, TokenState } from '../token/token.ts';
import { searchSigner, type Wanted } from './search-signer.ts';

export type EnrolOptions = Wanted & {
  readonly home?: string | undefined;
  readonly code: string;
  readonly api: string;
  /** absolute path of the PKCS#11 driver; without it, the known ones and those of the settings are searched */
  readonly module?: string | undefined;
  /** a software certificate instead of a token */
  readonly pkcs12?: string | undefined;
  /** shown from now on where the agent's page asks the PIN */
  readonly phrase?: string | undefined;
  /** only used where the certificate shows after login only; refused unless the API is this machine itself */
  readonly pinFd?: number | undefined;
  readonly lastTry: boolean;
};

/**
 * `kyso agent enrol`: binds this machine, by a new device key, to a unit and to the certificate on a token or in a file, and pins the
 * API's origin. An enrolment that is there already is replaced in one step.
 * @throws Refusal of apiOrigin, allowModule, searchSigner, lockHome, findToken, findSigner, ensureMaySign, the token, the API;
 *   PIN_UNREADABLE, PKCS12_UNREADABLE
 */
export async function enrolCommand(options: EnrolOptions): Promise<Enrolment> {
  const origin = apiOrigin(options.api);
  refuseUnattendedPin(options.pinFd, origin);
  if (options.module !== undefined) allowModule(options.module);
  const home = openHome(options.home);
  const unlockHome = await lockHome(home);
  try {
    const { signer, ...key } = await chooseKey(home, options);
    ensureMaySign(signer, new Date());
    const deviceKey = makeDeviceKey(home);
    const device = await new AgentApi(origin).enrol({
      code: options.code,
      deviceKey: base64(deviceKey.spki),
      signerCertificate: base64(signer.der),
      proof: base64(proveEnrolment(deviceKey, options.code, signer.der)),
    });
    if (device.signerCertificateSha256 !== signer.sha256)
      throw new Refusal('API_ANSWER_INVALID', { detail: 'signer certificate' });
    const enrolment: Enrolment = {
      api: origin,
      instance: device.instance,
      deviceId: device.deviceId,
      unit: device.unit,
      signerCertificate: base64(signer.der),
      signerCertificateSha256: signer.sha256,
      ...key,
      deviceKey: deviceKey.file,
      ...(options.phrase === undefined ? {} : { phrase: options.phrase }),
    };
    writeEnrolment(home, enrolment);
    return enrolment;
  } finally {
    unlockHome();
  }
}

/**
 * Which instance this will be is known only from the API's answer, when the PIN has been used: so the address decides, before anything.
 * @throws Refusal PIN_UNREADABLE
 */
function refuseUnattendedPin(pinFd: number | undefined, origin: string): void {
  if (pinFd !== undefined && !isLoopback(origin))
    throw new Refusal('PIN_UNREADABLE', { detail: '--pin-fd is for an API on this machine only' });
}

type Key = Pick<Enrolment, 'storage' | 'module' | 'token'> & { readonly signer: SignerCertificate };

async function chooseKey(home: Home, options: EnrolOptions): Promise<Key> {
  const { module, pkcs12 } = options;
  if (pkcs12 !== undefined) return keyIn({ storage: 'software', module: pkcs12 }, options);
  if (module !== undefined) return keyIn({ storage: 'token', module: allowModule(module) }, options);
  const found = await searchSigner(searchedModules(home), options, new Date());
  const { serial, label } = found.state;
  if (!found.signer) return keyIn({ storage: 'token', module: found.module }, { ...options, serial });
  return { storage: 'token', module: found.module, token: { serial, label }, signer: found.signer };
}

async function keyIn(place: Pick<Enrolment, 'storage' | 'module'>, options: EnrolOptions): Promise<Key> {
  const token = openKey(place);
  try {
    const state = findToken(await token.list(), options);
    const signer = await signerOn(token, state, options);
    return { ...place, token: { serial: state.serial, label: state.label }, signer };
  } finally {
    await token.close();
  }
}

/** Without a PIN where the token shows its certificate to anyone. */
async function signerOn(token: Token, state: TokenState, options: EnrolOptions): Promise<SignerCertificate> {
  try {
    return findSigner(state.certificates, options.certificate);
  } catch (refusal) {
    if (!isRefusal(refusal, 'SIGNER_CERTIFICATE_ABSENT') || state.certificates.length > 0) throw refusal;
  }
  const pin = await readPin({ pinFd: options.pinFd, instance: undefined });
  const certificates = await token.certificates({ serial: state.serial }, { pin, lastTry: options.lastTry });
  return findSigner(certificates, options.certificate);
}
