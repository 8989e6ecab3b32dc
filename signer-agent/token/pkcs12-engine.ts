import { constants, createHash, createPublicKey, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { basename } from 'node:path';
import { sameBytes } from '#core/bytes';
import { Refusal } from '#core/refusal';
import type { Engine, Login, OpenKey } from './engine.ts';
import { openContainer } from './pkcs12-container.ts';
import { readPkcs12File } from './pkcs12-file.ts';
import type { SignatureAlgorithm, SignerRequest, TokenAddress, TokenState } from './token.ts';

const SERIAL_DIGITS = 16;
const algorithms: readonly SignatureAlgorithm[] = [
  'RSA-PKCS1-SHA256',
  'RSA-PSS-SHA256',
  'ECDSA-P256-SHA256',
  'ECDSA-P384-SHA384',
];

/** What the child does with a PKCS#12 file. It is read anew for each use, as it may be replaced, or its drive pulled out. */
export class Pkcs12Engine implements Engine {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  list(): TokenState[] {
    const der = readPkcs12File(this.#file);
    if (!der) return [];
    return [
      {
        ...namesOf(this.#file, der),
        manufacturer: 'PKCS#12',
        model: '',
        // a file counts no tries
        pin: 'ok',
        pinPad: false,
        algorithms,
        // they are under the password
        certificates: [],
      },
    ];
  }

  certificates(address: TokenAddress, { pin }: Login): readonly Uint8Array[] {
    return openContainer(this.#named(address), pin).certificates;
  }

  /** @throws Refusal TOKEN_ABSENT, PIN_WRONG, PKCS12_UNREADABLE, SIGNER_CERTIFICATE_ABSENT, SIGNER_KEY_ABSENT */
  open({ token, certificate, algorithm }: SignerRequest, { pin }: Login): OpenKey {
    const { certificates, keys } = openContainer(this.#named(token), pin);
    if (!certificates.some((der) => sameBytes(der, certificate)))
      throw new Refusal('SIGNER_CERTIFICATE_ABSENT');
    const wanted = spkiOf(new X509Certificate(certificate).publicKey);
    const key = keys.find((one) => spkiOf(createPublicKey(one)).equals(wanted));
    if (!key || !fits(key, algorithm)) throw new Refusal('SIGNER_KEY_ABSENT');
    return {
      otherCertificates: certificates.filter((der) => !sameBytes(der, certificate)),
      wantsPinEach: false,
      sign: (message, count) => {
        count();
        return signWith(key, algorithm, message);
      },
      close: () => undefined,
    };
  }

  close(): void {
    // the key ends with the process
  }

  #named({ serial, label }: TokenAddress): Uint8Array {
    const der = readPkcs12File(this.#file);
    const names = der && namesOf(this.#file, der);
    if (!names || (serial ?? names.serial) !== names.serial || (label ?? names.label) !== names.label)
      throw new Refusal('TOKEN_ABSENT');
    return der;
  }
}

/** A file has no serial number: its bytes stand for one. */
function namesOf(file: string, der: Uint8Array): { serial: string; label: string } {
  const serial = createHash('sha256').update(der).digest('hex').slice(0, SERIAL_DIGITS);
  return { serial, label: basename(file) };
}

function spkiOf(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' });
}

function fits(
  { asymmetricKeyType, asymmetricKeyDetails }: KeyObject,
  algorithm: SignatureAlgorithm,
): boolean {
  if (algorithm === 'ECDSA-P256-SHA256') return asymmetricKeyDetails?.namedCurve === 'prime256v1';
  if (algorithm === 'ECDSA-P384-SHA384') return asymmetricKeyDetails?.namedCurve === 'secp384r1';
  return asymmetricKeyType === 'rsa';
}

function signWith(key: KeyObject, algorithm: SignatureAlgorithm, message: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'RSA-PKCS1-SHA256':
      return sign('sha256', message, key);
    case 'RSA-PSS-SHA256':
      return sign('sha256', message, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 });
    case 'ECDSA-P256-SHA256':
      return sign('sha256', message, { key, dsaEncoding: 'der' });
    case 'ECDSA-P384-SHA384':
      return sign('sha384', message, { key, dsaEncoding: 'der' });
  }
}
