import { fromBase64 } from '#core/bytes';
import { signerNamed, type Pki } from '#certs-test/pki';
import { signList } from '#signer-agent/signing/sign-list';
import { openPkcs11Token } from '#signer-agent/token/host';
import { Pin } from '#signer-agent/token/token';

export function certificateOf(pki: Pki, signer: string): Uint8Array {
  const der = fromBase64(signerNamed(pki, signer).certificate);
  if (!der) throw new Error('the test PKI holds base64');
  return der;
}

/** A signature over a statement by any token of the test PKI, without the agent's judgement. @returns the CMS, DER */
export async function tokenSignature(
  pki: Pki,
  signer: string,
  statement: Uint8Array,
  at = new Date(),
): Promise<Uint8Array> {
  process.env['SOFTHSM2_CONF'] = pki.environment.SOFTHSM2_CONF;
  const token = openPkcs11Token(pki.modulePath);
  try {
    const { cms } = await signList(token, {
      statement,
      token: { serial: signerNamed(pki, signer).tokenSerial },
      unlock: { pin: new Pin(Buffer.from(pki.pin)), lastTry: false },
      at,
    });
    return cms;
  } finally {
    await token.close();
  }
}
