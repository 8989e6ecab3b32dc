/** What is known of a certificate: revoked since an instant; or not revoked where `why` is null; or why nobody knows. */
export type State = { readonly revokedAt: string | null; readonly why: string | null };

export const GOOD: State = { revokedAt: null, why: null };

export function revoked(revokedAt: string): State {
  return { revokedAt, why: null };
}

export function notKnown(why: string): State {
  return { revokedAt: null, why };
}

export function isRevoked({ revokedAt }: State): boolean {
  return revokedAt !== null;
}

export function isGood({ revokedAt, why }: State): boolean {
  return revokedAt === null && why === null;
}
