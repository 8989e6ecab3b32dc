import { isRefusal, Refusal } from '#core/refusal';
import { LIST_MIME_TYPE, parseStatement } from '#core/sign/statement';
import { nodeCrypto } from '#verifier/crypto-node';
import { demandOwnSignature } from '#verifier/verify-signature';
import { findSigner, findToken } from '../token/find-token.ts';
import { chooseAlgorithm, type SignerCertificate } from '../token/signer-certificate.ts';
import type { SignatureAlgorithm, Token, TokenAddress, TokenState, Unlock } from '../token/token.ts';
import { assembleCms, digestOf, intermediatesFor, signedAttributes } from './build-cms.ts';

/** A list statement as it goes to the token: everything is fixed but the signature. */
export type PreparedSignature = {
  readonly statement: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** DER */
  readonly certificate: Uint8Array;
  readonly signedAttributes: Uint8Array;
};

/**
 * Fixes the exact bytes that the token will sign.
 * @param statement exact bytes of a `kyso/list/v1`
 * @param at the signing-time
 * @throws Refusal TOKEN_MECHANISM_MISSING, SIGNER_ALGORITHM
 */
export function prepareList(
  statement: Uint8Array,
  certificate: SignerCertificate,
  token: TokenState,
  at: Date,
  pss = false,
): PreparedSignature {
  const algorithm = chooseAlgorithm(certificate, token.algorithms, pss);
  const { der } = certificate;
  return {
    statement,
    algorithm,
    certificate: der,
    signedAttributes: signedAttributes(digestOf(algorithm, statement), LIST_MIME_TYPE, der, at),
  };
}

/**
 * One token operation: signs what was prepared and gives the CMS, read again and verified in software as anyone will.
 * @returns DER, detached
 * @throws Refusal of the token; KEY_MISMATCH where the signature does not hold: a driver may sign other bytes, or with another key
 */
export async function signPrepared(
  token: Token,
  address: TokenAddress,
  prepared: PreparedSignature,
  unlock: Unlock,
): Promise<Uint8Array> {
  const { algorithm, certificate, signedAttributes: message } = prepared;
  const { signature, otherCertificates } = await token.sign(
    { token: address, certificate, algorithm, message },
    unlock,
  );
  const intermediates = intermediatesFor(certificate, otherCertificates);
  const cms = assembleCms({
    signedAttributes: message,
    algorithm,
    signature,
    signer: certificate,
    intermediates,
  });
  await demandHolds(cms, prepared);
  return cms;
}

/**
 * Reads an own signature again and verifies it in software, as anyone will.
 * @throws Refusal KEY_MISMATCH
 */
export async function demandHolds(
  cms: Uint8Array,
  { statement, certificate }: Pick<PreparedSignature, 'statement' | 'certificate'>,
): Promise<void> {
  try {
    await demandOwnSignature({
      statementBytes: statement,
      cms,
      signerCertificate: certificate,
      crypto: nodeCrypto,
    });
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    throw new Refusal('KEY_MISMATCH', { detail: `own signature: ${cause.code}`, cause });
  }
}

export type ListToSign = {
  /** exact bytes of a `kyso/list/v1` */
  readonly statement: Uint8Array;
  readonly token: TokenAddress;
  /** SHA-256, base64url, where the token holds several signer certificates */
  readonly certificateSha256?: string;
  readonly unlock: Unlock;
  readonly at: Date;
  /** RSASSA-PSS instead of PKCS #1 v1.5 */
  readonly pss?: boolean;
};

/**
 * Signs one list straight from its statement, without API, journal or approval: for set-ups and tests that hold the statement in their
 * hands. It asks nobody and judges neither unit nor dates; `commands/sign.ts` is what a signer uses.
 * @returns the CMS (DER, detached) and the certificate it was made with
 * @throws Refusal of findToken, findSigner, signPrepared; STATEMENT_MALFORMED
 */
export async function signList(
  token: Token,
  list: ListToSign,
): Promise<{ cms: Uint8Array; signer: SignerCertificate }> {
  parseStatement(list.statement);
  const state = findToken(await token.list(), list.token);
  const signer = findSigner(state.certificates, list.certificateSha256);
  const prepared = prepareList(list.statement, signer, state, list.at, list.pss);
  return { cms: await signPrepared(token, list.token, prepared, list.unlock), signer };
}
