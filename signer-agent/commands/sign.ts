import { fromBase64 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { AgentApi } from '../api.ts';
import { openHome, readEnrolment, type Enrolment } from '../config.ts';
import { readDeviceKey } from '../device-key.ts';
import { Journal } from '../journal.ts';
import { lockHome } from '../lock.ts';
import { openSession } from '../session.ts';
import { signBatch, type Door, type Stage } from '../signing/sign-batch.ts';
import { confirmLastTry, confirmSigning, refuseUnattendedApproval } from '../terminal/confirm.ts';
import { readPin, refuseUnattendedPin } from '../terminal/read-pin.ts';
import { findToken } from '../token/find-token.ts';
import { openPkcs11Token } from '../token/host.ts';
import { refusePin } from '../token/pin-state.ts';
import { ensureMaySign, readSignerCertificate, type SignerCertificate } from '../token/signer-certificate.ts';
import type { Token, TokenState } from '../token/token.ts';

export type SignOptions = {
  readonly home?: string | undefined;
  readonly ticket: string;
  readonly yes: boolean;
  readonly pinFd?: number | undefined;
  readonly lastTry: boolean;
  readonly pss: boolean;
  /** how many records are drawn and shown */
  readonly sample: number;
  readonly show: (text: string) => void;
  /** told at the end, signed or refused */
  readonly onTokenOperations?: (count: number) => void;
};

export type SignReport = {
  readonly batchId: string;
  readonly count: number;
  readonly root: string;
  readonly tokenOperations: number;
  readonly resumed: boolean;
  readonly collectedAt: string;
  readonly seconds: Readonly<Record<Stage | 'total', number>>;
  /** of this process; the driver's is another */
  readonly peakRssMb: number;
  readonly cmsSha256: string;
};

/** `kyso agent sign`: redeems a ticket and signs the batch that it names. */
export async function signCommand(options: SignOptions): Promise<SignReport> {
  const start = performance.now();
  const home = openHome(options.home);
  const enrolment = readEnrolment(home);
  refuseUnattended(options, enrolment);
  const deviceKey = readDeviceKey(home, enrolment.deviceKey);
  const signer = enrolledSigner(enrolment);
  ensureMaySign(signer, new Date());
  const unlockHome = await lockHome(home);
  const token = openToken(enrolment, unlockHome);
  try {
    const journal = new Journal(home);
    // before the ticket is used up
    const tokenState = await readyToken(token, enrolment, options);
    const api = new AgentApi(enrolment.api);
    const session = await openSession(api, enrolment, deviceKey, options.ticket);
    try {
      const door = terminalDoor(options, enrolment, tokenState);
      const { pss, sample: sampleSize } = options;
      const signed = await signBatch({
        api,
        session,
        journal,
        token,
        tokenState,
        signer,
        door,
        pss,
        sampleSize,
      });
      const { batchId, count, root } = session.statement;
      const total = Math.round(performance.now() - start) / 1000;
      const { tokenOperations } = token;
      const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
      return {
        batchId,
        count,
        root,
        tokenOperations,
        ...signed,
        seconds: { ...signed.seconds, total },
        peakRssMb,
      };
    } finally {
      await session.end();
    }
  } finally {
    options.onTokenOperations?.(token.tokenOperations);
    await token.close();
    unlockHome();
  }
}

function openToken(enrolment: Enrolment, onFailure: () => void): Token {
  try {
    return openPkcs11Token(enrolment.module);
  } catch (refusal) {
    onFailure();
    throw refusal;
  }
}

function refuseUnattended({ yes, pinFd }: SignOptions, { instance }: Enrolment): void {
  if (yes) refuseUnattendedApproval(instance);
  refuseUnattendedPin({ pinFd, instance });
}

function enrolledSigner(enrolment: Enrolment): SignerCertificate {
  const der = fromBase64(enrolment.signerCertificate);
  const signer = der && readSignerCertificate(der);
  if (signer?.sha256 !== enrolment.signerCertificateSha256)
    throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'signer certificate' });
  return signer;
}

/** The enrolled token, plugged in, with the enrolled certificate as far as that shows, and a PIN that may be tried. */
async function readyToken(
  token: Token,
  enrolment: Enrolment,
  { lastTry, pinFd }: SignOptions,
): Promise<TokenState> {
  const state = findToken(await token.list(), { serial: enrolment.token.serial });
  const certificates = state.certificates.map((der) => readSignerCertificate(der).sha256);
  if (certificates.length > 0 && !certificates.includes(enrolment.signerCertificateSha256))
    throw new Refusal('SIGNER_CERTIFICATE_ABSENT');
  refusePin(state, lastTry || pinFd === undefined);
  return state;
}

function terminalDoor(
  { yes, pinFd, lastTry, show }: SignOptions,
  { instance }: Enrolment,
  state: TokenState,
): Door {
  const isLastTry = state.pin === 'final-try';
  return {
    show,
    approve: async () => {
      if (!yes) await confirmSigning();
    },
    unlock: async () => {
      if (state.pin === 'low') show('  Lưu ý: mã PIN đã bị nhập sai trước đó.');
      if (isLastTry && !lastTry) await confirmLastTry();
      return { pin: await readPin({ pinFd, instance }), lastTry: isLastTry };
    },
  };
}
