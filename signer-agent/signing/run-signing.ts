import { fromBase64 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { AgentApi } from '../api.ts';
import { readEnrolment, type Enrolment, type Home } from '../config.ts';
import { readDeviceKey } from '../device-key.ts';
import { openKey } from '../enrolled-token.ts';
import { Journal } from '../journal.ts';
import { lockHome } from '../lock.ts';
import { openSession, type SigningSession } from '../session.ts';
import { readSettings } from '../settings.ts';
import { findToken } from '../token/find-token.ts';
import { refusePin } from '../token/pin-state.ts';
import { ensureMaySign, readSignerCertificate, type SignerCertificate } from '../token/signer-certificate.ts';
import type { Token, TokenState } from '../token/token.ts';
import { checkClock } from './check-clock.ts';
import { checkRevocation } from './check-revocation.ts';
import type { Door } from './door.ts';
import { signBatch, type Counts, type Signed, type StageSeconds } from './sign-batch.ts';

export type OpenToken = (enrolment: Enrolment) => Token;

/** One ticket to be signed at one door. */
export type SigningOrder = {
  readonly home: Home;
  readonly ticket: string;
  readonly door: Door;
  /** RSASSA-PSS instead of PKCS #1 v1.5 */
  readonly pss: boolean;
  /** how many records are drawn and shown */
  readonly sampleSize: number;
  /** what this door cannot sign with, refused before the ticket is used up; else a PIN that cannot be tried at all */
  readonly refuseTokenState?: (state: TokenState) => void;
  /** tests hand in another token than the enrolled one's driver */
  readonly openToken?: OpenToken;
  readonly now?: () => Date;
  /** told at the end, signed or refused */
  readonly onEnd?: (counts: EndCounts) => void;
};

export type EndCounts = Counts & { readonly tokenOperations: number };

export type SignReport = EndCounts &
  Signed & {
    readonly batchId: string;
    readonly mode: 'list' | 'each';
    readonly count: number;
    readonly root: string;
    readonly seconds: StageSeconds & { readonly total: number };
    /** of this process; the driver's is another */
    readonly peakRssMb: number;
  };

/**
 * Redeems a ticket and signs the batch that it names: what every door of the agent does.
 * @throws Refusal: of the enrolment, the token, the session, signBatch
 */
export async function runSigning(order: SigningOrder): Promise<SignReport> {
  const start = performance.now();
  const now = order.now ?? (() => new Date());
  const enrolment = readEnrolment(order.home);
  const settings = readSettings(order.home);
  const deviceKey = readDeviceKey(order.home, enrolment.deviceKey);
  const signer = enrolledSigner(enrolment);
  ensureMaySign(signer, now());
  const unlockHome = await lockHome(order.home);
  const counts = { signed: 0, skipped: 0, failed: 0 };
  let token: Token | null = null;
  try {
    token = (order.openToken ?? openKey)(enrolment);
    const journal = new Journal(order.home);
    // before the ticket is used up
    const tokenState = await readyToken(token, enrolment, order);
    const api = new AgentApi(enrolment.api);
    const session = await openSession(api, enrolment, deviceKey, order.ticket, now);
    try {
      const { home, door, pss, sampleSize } = order;
      // before anyone reads a list or types a PIN in vain
      checkClock(new Date(await session.ensureLease()), now());
      const revocation = await checkRevocation({
        signer: signer.der,
        otherCertificates: tokenState.certificates,
        fetchCrl: (issuerKey) => api.crl(issuerKey),
        fetchIssuer: (name) => api.issuer(name),
        at: now(),
        policy: settings.revocation,
      });
      const of = { home, api, session, journal, signer, revocation, door, pss, sampleSize, now, counts };
      const signed = await signBatch({ ...of, token, tokenState });
      return { ...signed, ...report(session), ...counts, ...spent(token, signed.seconds, start) };
    } finally {
      await session.end();
    }
  } finally {
    order.onEnd?.({ ...counts, tokenOperations: token?.tokenOperations ?? 0 });
    await token?.close();
    unlockHome();
  }
}

function report({ statement: { batchId, mode, count, root } }: SigningSession) {
  return { batchId, mode, count, root };
}

function spent({ tokenOperations }: Token, seconds: StageSeconds, start: number) {
  const total = Math.round(performance.now() - start) / 1000;
  const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  return { tokenOperations, seconds: { ...seconds, total }, peakRssMb };
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
  { refuseTokenState }: SigningOrder,
): Promise<TokenState> {
  const state = findToken(await token.list(), { serial: enrolment.token.serial });
  const certificates = state.certificates.map((der) => readSignerCertificate(der).sha256);
  if (certificates.length > 0 && !certificates.includes(enrolment.signerCertificateSha256))
    throw new Refusal('SIGNER_CERTIFICATE_ABSENT');
  // a last try is confirmed at the door
  refusePin(state, true);
  refuseTokenState?.(state);
  return state;
}
