import { base64, base64url, fromBase64url, sameBytes, utf8 } from '#core/bytes';
import { instant } from '#core/dates';
import { isRefusal, Refusal, type RefusalCode } from '#core/refusal';
import { declarations, parseStatement, type ListStatement } from '#core/sign/statement';
import type { Session } from '#core/wire/signing-sessions';
import { sha256 } from '#verifier/crypto-node';
import type { AgentApi, SessionAddress } from './api.ts';
import type { Enrolment } from './config.ts';
import { proveTicket, ticketSha256, type DeviceKey } from './device-key.ts';

/** A redeemed ticket: the statement that it names, accepted as this machine's, and a lease that is kept alive. */
export type SigningSession = {
  readonly address: SessionAddress;
  readonly statement: ListStatement;
  /** the exact bytes: they are what is signed */
  readonly statementBytes: Uint8Array;
  readonly statementSha256: string;
  /** aborted when the API says that the session is over, or could not be reached for a whole lease */
  readonly ended: AbortSignal;
  /**
   * @returns the API's time
   * @throws Refusal SESSION_ENDED, API_UNREACHABLE … unless the lease holds now
   */
  readonly ensureLease: () => Promise<string>;
  /** Gives the batch free where it was not collected. Never throws. */
  readonly end: () => Promise<void>;
};

/** @throws Refusal of the API; or of acceptStatement, after giving the batch free again */
export async function openSession(
  api: AgentApi,
  enrolment: Enrolment,
  key: DeviceKey,
  ticket: string,
  now: () => Date,
): Promise<SigningSession> {
  const { deviceId } = enrolment;
  const { nonce } = await api.challenge({ deviceId, ticketSha256: base64url(ticketSha256(ticket)) });
  const nonceBytes = fromBase64url(nonce);
  if (!nonceBytes) throw new Refusal('API_ANSWER_INVALID', { detail: 'nonce' });
  const proof = base64(proveTicket(key, nonceBytes, ticket));
  const opened = await api.openSession({ deviceId, ticket, proof });
  const address = { sessionId: opened.sessionId, secret: opened.secret };
  const lease = keepLease(api, address, opened.leaseSeconds);
  const end = async () => {
    lease.stop();
    await api.endSession(address).catch(() => undefined);
  };
  try {
    return {
      ...acceptStatement(opened, enrolment, now()),
      address,
      ended: lease.ended,
      ensureLease: lease.renew,
      end,
    };
  } catch (refusal) {
    await end();
    throw refusal;
  }
}

type Offered = {
  readonly statement: string;
  readonly statementSha256: string;
  readonly signerCertificateSha256: string;
  readonly signerUnits: Session['signerUnits'];
};

/** How far the API's clock may be ahead of this machine's. */
const CLOCK_SKEW_MS = 5 * 60_000;

/**
 * Nothing is signed that is neither checked here or against the leaves, nor shown to the signer.
 * @param at now, by this machine's clock
 * @throws Refusal API_ANSWER_INVALID, STATEMENT_MALFORMED, TRUST_OF_OTHER_INSTANCE, SIGNER_OF_OTHER_UNIT, SIGNER_UNTRUSTED,
 *   TICKET_OF_OTHER_CERTIFICATE
 */
function acceptStatement(
  offered: Offered,
  enrolment: Enrolment,
  at: Date,
): Pick<SigningSession, 'statement' | 'statementBytes' | 'statementSha256'> {
  const statementBytes = utf8(offered.statement);
  const digest = sha256(statementBytes);
  const promised = fromBase64url(offered.statementSha256);
  if (!promised || !sameBytes(promised, digest))
    throw new Refusal('API_ANSWER_INVALID', { detail: 'statementSha256' });
  const statement = parseStatement(statementBytes);
  const unacceptable = unacceptableMember(statement, at);
  if (unacceptable) throw new Refusal('STATEMENT_MALFORMED', { detail: unacceptable });
  if (statement.instance !== enrolment.instance) throw new Refusal('TRUST_OF_OTHER_INSTANCE');
  if (statement.kind !== enrolment.unit.kind || statement.unit.code !== enrolment.unit.code)
    throw new Refusal('SIGNER_OF_OTHER_UNIT', { detail: 'the statement names another unit' });
  if (offered.signerCertificateSha256 !== enrolment.signerCertificateSha256)
    throw new Refusal('TICKET_OF_OTHER_CERTIFICATE');
  demandUnit(statement, offered.signerUnits);
  return { statement, statementBytes, statementSha256: offered.statementSha256 };
}

/** The API judges by the same trust list what is handed in: a signer of another unit need not type a PIN for that. */
function demandUnit({ kind, unit }: ListStatement, units: Session['signerUnits']): void {
  if (units.some((one) => one.kind === kind && one.code === unit.code)) return;
  throw new Refusal(units.length > 0 ? 'SIGNER_OF_OTHER_UNIT' : 'SIGNER_UNTRUSTED', {
    detail: units.map((one) => `${one.kind} ${one.code}`).join(', ') || 'on no trust list',
  });
}

/** Which member of a well-formed statement this agent cannot answer for. */
function unacceptableMember(statement: ListStatement, at: Date): string | null {
  if (statement.declaration !== declarations[statement.kind]) return 'declaration';
  if (statement.log) return 'log: checkpoints are not verified yet';
  if (statement.createdAt > instant(new Date(at.getTime() + CLOCK_SKEW_MS)))
    return "createdAt is later than this machine's clock";
  return null;
}

function keepLease(api: AgentApi, address: SessionAddress, leaseSeconds: number) {
  const over = new AbortController();
  let leaseMs = leaseSeconds * 1000;
  let heldUntil = performance.now() + leaseMs;
  const renew = async () => {
    try {
      const asked = performance.now();
      const { leaseSeconds: seconds, serverTime } = await api.heartbeat(address);
      leaseMs = seconds * 1000;
      heldUntil = asked + leaseMs;
      return serverTime;
    } catch (error) {
      if (!isPassing(error) || performance.now() > heldUntil) over.abort(error);
      throw error;
    }
  };
  const timer = setInterval(
    () => void renew().catch(() => undefined),
    Math.max(1000, Math.floor(leaseMs / 3)),
  );
  timer.unref();
  return { renew, ended: over.signal, stop: () => clearInterval(timer) };
}

/** Why a session is over, for people: what the API said; or that it was away too long. */
export function whyOver({ ended }: Pick<SigningSession, 'ended'>): Refusal {
  const reason: unknown = ended.reason;
  return isRefusal(reason) && !isPassing(reason) ? reason : new Refusal('SESSION_ENDED', { cause: reason });
}

/** The server is away or busy: the lease may still hold when it is back. */
function isPassing(error: unknown): boolean {
  const codes: readonly RefusalCode[] = [
    'API_UNREACHABLE',
    'API_ANSWER_INVALID',
    'OVERLOADED',
    'UNAVAILABLE',
    'INTERNAL',
  ];
  return isRefusal(error) && codes.includes(error.code);
}
