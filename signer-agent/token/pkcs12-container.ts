import { createPrivateKey, type KeyObject } from 'node:crypto';
import forge from 'node-forge';
import { Refusal } from '#core/refusal';

export type Pkcs12Contents = {
  /** DER */
  readonly certificates: readonly Uint8Array[];
  readonly keys: readonly KeyObject[];
};

type Pbes2 = (oid: string, parameters: unknown, password: string) => unknown;
const encryption = (forge.pki as unknown as { pbe: { getCipherForPBES2: Pbes2 } }).pbe;
const ofBytes = encryption.getCipherForPBES2;
// the library takes the password's characters for bytes here, while every other program that writes containers takes UTF-8
encryption.getCipherForPBES2 = (oid, parameters, password) =>
  ofBytes(oid, parameters, forge.util.encodeUtf8(password));

/**
 * Opens a PKCS#12 container (RFC 7292). The MAC tells a wrong password from a damaged container, so one is demanded.
 * @throws Refusal PIN_WRONG, PKCS12_UNREADABLE
 */
export function openContainer(der: Uint8Array, password: string): Pkcs12Contents {
  const pfx = readPfx(der);
  let container: forge.pkcs12.Pkcs12Pfx;
  try {
    container = forge.pkcs12.pkcs12FromAsn1(pfx, true, password);
  } catch (error) {
    // the only one of the library's errors that the password alone brings about
    if (error instanceof Error && /MAC could not be verified/.test(error.message))
      throw new Refusal('PIN_WRONG');
    throw new Refusal('PKCS12_UNREADABLE', { detail: 'no container that can be opened' });
  }
  try {
    const bags = container.safeContents.flatMap(({ safeBags }) => safeBags);
    return { certificates: bags.flatMap(certificateIn), keys: bags.flatMap(keyIn) };
  } catch {
    throw new Refusal('PKCS12_UNREADABLE', { detail: 'a key or certificate in it cannot be read' });
  }
}

function readPfx(der: Uint8Array): forge.asn1.Asn1 {
  try {
    const pfx = forge.asn1.fromDer(forge.util.createBuffer(Buffer.from(der).toString('latin1')));
    // version, contents, MAC (RFC 7292 §4)
    if (Array.isArray(pfx.value) && pfx.value.length === 3) return pfx;
  } catch {
    // told below
  }
  throw new Refusal('PKCS12_UNREADABLE', { detail: 'not a PKCS#12 container with a MAC' });
}

/** The library reads RSA only; what it cannot read it hands out as ASN.1. */
function certificateIn({ type, cert, asn1 }: forge.pkcs12.Bag): Uint8Array[] {
  if (type !== forge.pki.oids['certBag']) return [];
  return [derOf(cert ? forge.pki.certificateToAsn1(cert) : asn1)];
}

function keyIn({ type, key, asn1 }: forge.pkcs12.Bag): KeyObject[] {
  if (type !== forge.pki.oids['keyBag'] && type !== forge.pki.oids['pkcs8ShroudedKeyBag']) return [];
  const info = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1;
  return [createPrivateKey({ key: derOf(info), format: 'der', type: 'pkcs8' })];
}

function derOf(value: forge.asn1.Asn1): Buffer {
  return Buffer.from(forge.asn1.toDer(value).getBytes(), 'latin1');
}
