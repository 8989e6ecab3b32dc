import { HC1_PREFIX, MAX_HC1_TEXT } from '#core/certificate/hc1';
import { isRefusal, type Refusal } from '#core/refusal';
import { pictureKind } from './qr/picture.ts';

/**
 * The certificates in a file or a line: its text, or those in the QR codes of a picture. A picture without one gives what else its codes
 * say, so that people are told that it is no certificate.
 * @returns null where it is neither text of a certificate nor a picture, a Refusal (QR_UNREADABLE, SOURCE_TOO_LARGE) of a picture that
 *   cannot be read
 */
export async function certificateTexts(bytes: Uint8Array): Promise<readonly string[] | Refusal | null> {
  const kind = pictureKind(bytes);
  if (kind === null) return textIn(bytes);
  try {
    // loaded only for pictures: it takes longer than judging a certificate
    const { readQrCodes } = await import('./qr/read-qr.ts');
    const texts = await readQrCodes(bytes, kind);
    const certificates = texts.filter((text) => text.startsWith(HC1_PREFIX));
    return certificates.length > 0 ? certificates : texts.slice(0, 1);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return error;
  }
}

/** Spaces and line ends around it are no part of it: a space is a digit of Base45, but too large for the last of a group. */
function textIn(bytes: Uint8Array): readonly string[] | null {
  const text = Buffer.from(bytes.subarray(0, MAX_HC1_TEXT + 100)).toString('latin1');
  const found = text.replace(/^\xef\xbb\xbf/, '').trim();
  return found.startsWith(HC1_PREFIX) ? [found] : null;
}
