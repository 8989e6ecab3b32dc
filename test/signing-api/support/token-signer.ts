import { execFileSync } from 'node:child_process';
import { createPrivateKey } from 'node:crypto';
import { fromBase64 } from '#core/bytes';
import { instant } from '#core/dates';
import { pkcs12File, signerNamed, type Pki, type PkiSigner } from '#certs-test/pki';
import { fileKey, type SigningKey } from '#certs-test/signing-key';
import { openSoftHsm, type SoftToken } from '#certs-test/soft-token';
import { readCertificate } from '#verifier/der/certificate';
import { ITEM_MIME, MIME, signCms } from '../../verifier/support/cms.ts';
import { fromHex, sequence, text, tlv } from '../../verifier/support/der-write.ts';
import { newKey } from '../../verifier/support/keys.ts';

const MIME_TYPE = '0.4.0.1733.2.1';
const decoy = newKey('p256');

/** A signer of the test PKI that signs statements of either type, one after the other, without the agent. */
export class TokenSigner {
  readonly certificate: Uint8Array;
  readonly #key: SigningKey;
  readonly #issuer: Uint8Array;

  constructor(signer: PkiSigner, key: SigningKey) {
    this.certificate = bytes(signer.certificate);
    this.#issuer = bytes(signer.chain[0]);
    this.#key = key;
  }

  /** @returns CMS, DER, with the issuing CA inside, as tokens carry it */
  sign(statement: Uint8Array, { at = new Date(), item = true } = {}): Uint8Array {
    const { issuer, serial } = readCertificate(this.certificate);
    return signCms({
      statement,
      // the key itself stays where it is
      signer: { certificate: this.certificate, issuerName: issuer, serial: 0, name: issuer, key: decoy },
      others: [this.#issuer],
      signedAt: instant(at),
      signature: this.#key.algorithm === 'RSA-SHA256' ? 'rsa-sha256' : 'ecdsa-sha256',
      sign: (signed) => Uint8Array.from(this.#key.sign(signed)),
      attributes: { [MIME_TYPE]: text(item ? ITEM_MIME : MIME) },
      change: { sid: sequence(issuer, tlv(0x02, fromHex(serial))) },
    });
  }
}

function bytes(base64: string | undefined): Uint8Array {
  return fromBase64(base64 ?? '') ?? new Uint8Array();
}

/** Opens the soft tokens of a PKI in this process; one PKI a process. */
export function openTokens(pki: Pki): { signer: (name: string) => TokenSigner; close: () => void } {
  const hsm = openSoftHsm(pki.modulePath, pki.files.softHsmConfiguration);
  const open: SoftToken[] = [];
  return {
    signer: (name) => {
      const signer = signerNamed(pki, name);
      const token = hsm.openToken(signer.tokenSerial, pki.pin);
      open.push(token);
      return new TokenSigner(signer, token.key);
    },
    close: () => {
      for (const token of open) token.close();
      hsm.close();
    },
  };
}

/** A signer whose key is in a PKCS#12 file, as openssl reads it. */
export function softwareSigner(pki: Pki, name: string): TokenSigner {
  const signer = signerNamed(pki, name);
  const words = [
    'pkcs12',
    '-in',
    pkcs12File(pki, signer),
    '-noenc',
    '-nocerts',
    '-passin',
    `file:${pki.files.pin}`,
  ];
  const pem = execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  return new TokenSigner(signer, fileKey(createPrivateKey(pem)));
}
