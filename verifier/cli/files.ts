import { createReadStream } from 'node:fs';
import { concat, utf8Text } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { MAX_CRL_BYTES, readCrl, type Crl } from '../der/crl.ts';
import { readOcspResponse, type OcspResponse } from '../der/ocsp.ts';

/**
 * Counts what it reads, never a size it was told: pipes and devices have none.
 * @throws Refusal SOURCE_UNREADABLE, SOURCE_TOO_LARGE
 */
export async function readBounded(path: string, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes)
        throw new Refusal('SOURCE_TOO_LARGE', { detail: `${path}: more than ${maxBytes} bytes` });
    }
    return concat(...chunks);
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    throw new Refusal('SOURCE_UNREADABLE', {
      detail: `${path}: ${cause instanceof Error ? cause.message : ''}`,
      cause,
    });
  }
}

/**
 * The CRLs of a file: one in DER, or any number in PEM.
 * @throws Refusal SOURCE_UNREADABLE, SOURCE_TOO_LARGE, CRL_MALFORMED
 */
export async function readCrlFile(path: string): Promise<Crl[]> {
  return (await readDerOrPem(path, 'X509 CRL', 2 * MAX_CRL_BYTES)).map(readCrl);
}

/**
 * The OCSP response of a file, DER as a responder sends it.
 * @throws Refusal SOURCE_UNREADABLE, SOURCE_TOO_LARGE, OCSP_MALFORMED, CERTIFICATE_MALFORMED
 */
export async function readOcspFile(path: string): Promise<OcspResponse> {
  return readOcspResponse(await readBounded(path, MAX_OCSP_FILE_BYTES));
}

const MAX_OCSP_FILE_BYTES = 128 * 1024;
const MAX_CERTIFICATES_BYTES = 1024 * 1024;

/**
 * The certificates of a file, in DER or PEM, not yet read.
 * @throws Refusal SOURCE_UNREADABLE, SOURCE_TOO_LARGE
 */
export function readCertificateFile(path: string): Promise<Uint8Array[]> {
  return readDerOrPem(path, 'CERTIFICATE', MAX_CERTIFICATES_BYTES);
}

async function readDerOrPem(path: string, label: string, maxBytes: number): Promise<Uint8Array[]> {
  const bytes = await readBounded(path, maxBytes);
  const text = bytes[0] === 0x30 ? null : utf8Text(bytes);
  const pem = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`, 'g');
  const bodies = [...(text ?? '').matchAll(pem)].map(([, body]) =>
    Uint8Array.from(Buffer.from(body ?? '', 'base64')),
  );
  return bodies.length > 0 ? bodies : [bytes];
}
