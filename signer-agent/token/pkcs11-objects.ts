import { CKA, CKK, CKO } from './cryptoki.ts';
import type { TokenKey } from './match-key.ts';
import type { Handle, Pkcs11Session } from './pkcs11.ts';

/** What lies on a token, as a session shows it. */

export type TokenCertificate = { readonly id: Uint8Array; readonly der: Uint8Array };

export function certificatesOf(session: Pkcs11Session): TokenCertificate[] {
  return session.objects(CKO.CERTIFICATE).flatMap((object) => {
    const der = session.attribute(object, CKA.VALUE);
    return der && der.length > 0 ? [{ der, id: session.attribute(object, CKA.ID) ?? new Uint8Array(0) }] : [];
  });
}

/** @param keyType CKK_RSA or CKK_EC */
export function keysOf(session: Pkcs11Session, keyType: number): TokenKey<Handle>[] {
  const part = keyType === CKK.RSA ? CKA.MODULUS : CKA.EC_POINT;
  const read = (object: Handle, type: number) => session.attribute(object, type);
  const ofType = (objectClass: number) =>
    session.objects(objectClass).filter((object) => (read(object, CKA.KEY_TYPE)?.[0] ?? -1) === keyType);
  const publicKeys = ofType(CKO.PUBLIC_KEY).map((object) => ({
    id: read(object, CKA.ID),
    part: read(object, part),
  }));
  return ofType(CKO.PRIVATE_KEY).map((handle) => {
    const id = read(handle, CKA.ID) ?? new Uint8Array(0);
    const beside = publicKeys.filter(
      (key) => id.length > 0 && key.id !== null && Buffer.compare(key.id, id) === 0,
    );
    return { handle, id, publicPart: nonEmpty(read(handle, part)) ?? nonEmpty(beside[0]?.part ?? null) };
  });
}

function nonEmpty(value: Uint8Array | null): Uint8Array | null {
  return value && value.length > 0 ? value : null;
}
