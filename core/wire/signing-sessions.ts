import { z } from 'zod';
import * as f from '../sign/fields.ts';
import { secret } from './devices.ts';

/**
 * Ticket → session → leaves → signature. A ticket is a secret that names a batch; it is redeemed once, by the device it is bound to,
 * with the device key's signature over "kyso/device/v1" ‖ 00 ‖ nonce (bytes) ‖ SHA-256(ticket) (DER ECDSA, P-256, SHA-256).
 * The session's own secret is the bearer token of every later call.
 */
export const newTicket = z.strictObject({ deviceId: f.uuid });
export const ticket = z.strictObject({
  ticket: secret,
  batchId: f.uuid,
  statementSha256: f.digest,
  expiresAt: f.time,
});

export const newChallenge = z.strictObject({ deviceId: f.uuid, ticketSha256: f.digest });
export const challenge = z.strictObject({ nonce: f.digest });

export const newSession = z.strictObject({ deviceId: f.uuid, ticket: secret, proof: f.der(128) });
export const session = z.strictObject({
  sessionId: f.uuid,
  secret,
  leaseSeconds: z.number().int().min(1),
  /** the exact bytes of the statement, as text; its SHA-256 is the ticket's */
  statement: z.string().min(2).max(8192),
  statementSha256: f.digest,
  signerCertificateSha256: f.digest,
  /** whom the trust list lets the device's signer certificate speak for now; empty where it is on no list */
  signerUnits: z.array(z.strictObject({ kind: f.unitKind, code: f.unitCode })),
});

export const heartbeat = z.strictObject({ leaseSeconds: z.number().int().min(1), serverTime: f.time });

/** `GET …/leaves` is NDJSON: stream lines in leaf order, then one stream end (core/record/stream-line.ts). */
export const LEAVES_MEDIA_TYPE = 'application/x-ndjson';

/** In `each` mode signatures come in windows; the Idempotency-Key of a window is its own SHA-256. */
export const MAX_ITEMS = 256;
export const MAX_ITEM_CMS_BYTES = 16 * 1024;

export const newSignature = z.union([
  z.strictObject({ cms: f.der(64 * 1024) }),
  z.strictObject({
    items: z
      .array(z.strictObject({ index: f.index, cms: f.der(MAX_ITEM_CMS_BYTES) }))
      .min(1)
      .max(MAX_ITEMS),
  }),
]);
/** `items`: how many of the batch are signed now; `collectedAt` once all are. An item that has a signature keeps it. */
export const itemsCollected = z.strictObject({
  batchId: f.uuid,
  items: f.index,
  count: f.count,
  collectedAt: f.time.optional(),
});
/** `GET …/signatures`: which items of the batch are signed, as stretches [first, last], ascending and apart. */
export const signedItems = z.strictObject({
  items: f.index,
  count: f.count,
  stretches: z.array(z.tuple([f.index, f.index])),
});
export const collected = z.strictObject({ batchId: f.uuid, cmsSha256: f.digest, collectedAt: f.time });

export type NewTicket = z.infer<typeof newTicket>;
export type Ticket = z.infer<typeof ticket>;
export type NewSession = z.infer<typeof newSession>;
export type Session = z.infer<typeof session>;
export type ItemSignature = { readonly index: number; readonly cms: string };
export type ItemsCollected = z.infer<typeof itemsCollected>;
export type SignedItems = z.infer<typeof signedItems>;
export type Collected = z.infer<typeof collected>;
