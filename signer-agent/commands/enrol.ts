import { base64 } from '#core/bytes';
import { isRefusal, Refusal } from '#core/refusal';
import { AgentApi } from '../api.ts';
import { apiOrigin, isLoopback, openHome, writeEnrolment, type Enrolment } from '../config.ts';
import { makeDeviceKey, proveEnrolment } from '../device-key.ts';
import { lockHome } from '../lock.ts';
import { readPin } from '../terminal/read-pin.ts';
import { findSigner, findToken } from '../token/find-token.ts';
import { openPkcs11Token } from '../token/host.ts';
import { allowModule } from '../token/modules.ts';
import { ensureMaySign, type SignerCertificate } from '../token/signer-certificate.ts';
import type { Token, TokenState } from '../token/token.ts';

export type EnrolOptions = {
  readonly home?: string | undefined;
  readonly code: string;
  readonly api: string;
  readonly module: string;
  readonly serial?: string | undefined;
  readonly label?: string | undefined;
  /** SHA-256 of the certificate, base64url, where the token holds several */
  readonly certificate?: string | undefined;
  /** only used where the certificate shows after login only; refused unless the API is this machine itself */
  readonly pinFd?: number | undefined;
  readonly lastTry: boolean;
};

/**
 * `kyso agent enrol`: binds this machine, by a new device key, to a unit and to the certificate on a token, and pins the API's origin.
 * An enrolment that is there already is replaced in one step.
 * @throws Refusal of apiOrigin, allowModule, lockHome, findToken, findSigner, ensureMaySign, the token, the API; PIN_UNREADABLE
 */
export async function enrolCommand(options: EnrolOptions): Promise<Enrolment> {
  const origin = apiOrigin(options.api);
  refuseUnattendedPin(options.pinFd, origin);
  const module = allowModule(options.module);
  const home = openHome(options.home);
  const unlockHome = await lockHome(home);
  const token = openPkcs11Token(module);
  try {
    const state = findToken(await token.list(), options);
    const signer = await signerOn(token, state, options);
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
      module,
      token: { serial: state.serial, label: state.label },
      deviceKey: deviceKey.file,
    };
    writeEnrolment(home, enrolment);
    return enrolment;
  } finally {
    await token.close();
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
