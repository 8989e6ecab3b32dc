import { isRefusal, type Refusal } from '#core/refusal';
import { MAX_EVIDENCE_BYTES, EVIDENCE_TYPE } from '#core/sign/evidence';
import { MAX_STATUS_BYTES } from '#core/sign/status-list';
import { parseTrustKeys } from '#core/sign/trust-list';
import { utf8Text } from '#core/bytes';
import { AttestationCache } from '../attestation-cache.ts';
import { nodeCrypto } from '../crypto-node.ts';
import { verifyEvidence, type VerifyOptions } from '../index.ts';
import { stateOf } from '../states.ts';
import { readStatus, type StatusReading } from '../status/read-status.ts';
import { readTrust } from '../trust/read-trust.ts';
import type { Trust } from '../trust/trust.ts';
import { EXIT, exitOf, worstExit } from './exit-code.ts';
import { readBounded, readCrlFile } from './files.ts';
import { jsonLine, textReport, type Answer } from './report.ts';

export type VerifyRequest = {
  readonly files: readonly string[];
  readonly trust: string;
  readonly trustKeys: string | null;
  readonly status: string | null;
  readonly crls: readonly string[];
  readonly at: Date;
  readonly offline: boolean;
  readonly requireToken: boolean;
  readonly json: boolean;
};

const MAX_TRUST_FILE_BYTES = 32 * 1024 * 1024;

/**
 * Judges files one by one and prints each answer as it comes.
 * @returns the exit code
 * @throws Refusal where something beside the evidence cannot be read: SOURCE_UNREADABLE, SOURCE_TOO_LARGE, CRL_MALFORMED, TRUST_MALFORMED
 */
export async function verifyFiles(request: VerifyRequest, print: (text: string) => void): Promise<number> {
  const options = await readOptions(request);
  const codes: number[] = [];
  for (const file of request.files) {
    const answer = await answerFor(file, options);
    print(request.json ? jsonLine(answer) : textReport(answer));
    codes.push(answer.exitCode);
  }
  return worstExit(codes);
}

async function readOptions({
  trust,
  trustKeys,
  status,
  crls,
  at,
  offline,
  requireToken,
}: VerifyRequest): Promise<VerifyOptions> {
  const pins = trustKeys === null ? null : parseTrustKeys(await readBounded(trustKeys, MAX_TRUST_FILE_BYTES));
  const envelopeBytes = await readBounded(trust, MAX_TRUST_FILE_BYTES);
  const reading = await readTrust({ envelopeBytes, pins, at, crypto: nodeCrypto });
  return {
    crypto: nodeCrypto,
    at,
    trust: reading,
    status: status === null ? null : await readStatusFile(status, reading.trust, at),
    crls: (await Promise.all(crls.map(readCrlFile))).flat(),
    offline,
    requireToken,
    cache: new AttestationCache(),
  };
}

/** Without a trust list there is no key to judge a status file by; its absence is told by the trust list's own finding. */
async function readStatusFile(path: string, trust: Trust | null, at: Date): Promise<StatusReading | null> {
  const fileBytes = await readBounded(path, MAX_STATUS_BYTES);
  return trust && (await readStatus({ fileBytes, trust, at, crypto: nodeCrypto }));
}

async function answerFor(file: string, options: VerifyOptions): Promise<Answer> {
  try {
    const bytes = await readBounded(file, MAX_EVIDENCE_BYTES);
    const verdict = await verifyEvidence(bytes, options);
    if (looksLikeEvidence(bytes))
      return { file, state: stateOf(verdict), exitCode: exitOf(verdict.verdict), verdict };
    return { file, state: 'unreadable', exitCode: EXIT.unreadable, verdict };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return unreadable(file, error);
  }
}

function unreadable(file: string, { code, detail }: Refusal): Answer {
  const details = [`${code}: ${detail ?? ''}`];
  const verdict = { verdict: 'undetermined', reasons: [code], details, attestations: [] } as const;
  return { file, state: 'unreadable', exitCode: EXIT.unreadable, verdict };
}

/** A file that is not evidence at all is the wrong file; evidence that was damaged is not valid. */
function looksLikeEvidence(bytes: Uint8Array): boolean {
  try {
    const value: unknown = JSON.parse(utf8Text(bytes) ?? '');
    return typeof value === 'object' && value !== null && 'type' in value && value.type === EVIDENCE_TYPE;
  } catch {
    return false;
  }
}
