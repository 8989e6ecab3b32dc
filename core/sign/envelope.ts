import { z } from 'zod';
import { base64, concat, fromBase64, utf8 } from '../bytes.ts';
import { canonicalBytes, type Json } from '../record/canonical-bytes.ts';
import { Refusal, type RefusalCode } from '../refusal.ts';
import { readShape } from '../shape.ts';
import * as f from './fields.ts';

/** A DSSE envelope (secure-systems-lab/dsse, protocol v1.0.2): payload, its type, and signatures over both. */

const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

export const envelopeOf = (maxPayloadBytes: number) =>
  z.strictObject({
    payload: f.der(maxPayloadBytes),
    payloadType: z.string().min(1).max(100),
    signatures: z
      .array(z.strictObject({ keyid: f.digest, sig: f.der(256) }))
      .min(1)
      .max(16),
  });

export const envelopeShape = envelopeOf(MAX_PAYLOAD_BYTES);

export type Envelope = z.infer<typeof envelopeShape>;

/** The bytes that are signed: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = utf8(payloadType);
  return concat(utf8(`DSSEv1 ${type.length} `), type, utf8(` ${payload.length} `), payload);
}

export function makeEnvelope(
  payloadType: string,
  payload: Json,
  signatures: readonly { readonly keyid: string; readonly sig: Uint8Array }[],
): Envelope {
  return {
    payload: base64(canonicalBytes(payload)),
    payloadType,
    signatures: signatures.map(({ keyid, sig }) => ({ keyid, sig: base64(sig) })),
  };
}

/**
 * Opens an envelope without judging its signatures (the verifier does).
 * @param shape with another bound on the payload than the usual 16 MB
 * @throws Refusal of the code handed in
 */
export function openEnvelope(
  value: unknown,
  payloadType: string,
  code: RefusalCode,
  shape: typeof envelopeShape = envelopeShape,
): { envelope: Envelope; unverifiedPayload: Uint8Array } {
  const envelope = readShape(shape, value, code);
  if (envelope.payloadType !== payloadType) throw new Refusal(code, { detail: 'payloadType' });
  const unverifiedPayload = fromBase64(envelope.payload);
  if (!unverifiedPayload) throw new Refusal(code, { detail: 'payload' });
  return { envelope, unverifiedPayload };
}
