import { inflateSync } from 'node:zlib';
import { Refusal } from '#core/refusal';

/** Pictures as cameras, scanners and screens make them; their decoder is given nothing larger. */
export const MAX_PICTURE_BYTES = 10 * 1024 * 1024;
const MAX_PIXELS = 50_000_000;
/** Each scan of a progressive JPEG costs a pass over all its pixels. */
const MAX_SCANS = 100;

const PNG_SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

export type PictureKind = 'png' | 'jpeg';

/** By its first bytes; a name says nothing. */
export function pictureKind(bytes: Uint8Array): PictureKind | null {
  if (PNG_SIGNATURE.every((octet, i) => bytes[i] === octet)) return 'png';
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff ? 'jpeg' : null;
}

/**
 * What a picture says of its own size, judged before anything is decoded.
 * @throws Refusal QR_UNREADABLE, SOURCE_TOO_LARGE
 */
export function checkPicture(bytes: Uint8Array, kind: PictureKind): void {
  if (bytes.length > MAX_PICTURE_BYTES)
    throw new Refusal('SOURCE_TOO_LARGE', { detail: `a picture of more than ${MAX_PICTURE_BYTES} bytes` });
  if (kind === 'png') checkPng(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  else checkJpeg(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
}

function checkPixels(width: number, height: number): void {
  if (width === 0 || height === 0) throw unreadable('a picture without pixels');
  if (width * height > MAX_PIXELS)
    throw new Refusal('SOURCE_TOO_LARGE', { detail: `a picture of more than ${MAX_PIXELS} pixels` });
}

const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** PNG (ISO/IEC 15948): its compressed data must not be more than its header says, or it would fill the memory. */
function checkPng(png: Buffer): void {
  const data: Buffer[] = [];
  let size = 0;
  for (const { type, content } of chunksOf(png)) {
    if (type === 'IHDR') {
      const [width, height] = [content.readUInt32BE(0), content.readUInt32BE(4)];
      checkPixels(width, height);
      const bits = content.readUInt8(8) * (CHANNELS[content.readUInt8(9)] ?? 4);
      // one filter byte a row; an interlaced picture has up to twice as many rows, each rounded up
      size = (Math.ceil((width * bits) / 8) + 1) * height + 2 * (width + height) + 64;
    } else if (type === 'IDAT') data.push(content);
  }
  try {
    inflateSync(Buffer.concat(data), { maxOutputLength: 2 * size });
  } catch (cause) {
    throw unreadable('PNG data', cause);
  }
}

function* chunksOf(png: Buffer): Generator<{ readonly type: string; readonly content: Buffer }> {
  for (let at = PNG_SIGNATURE.length; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const content = png.subarray(at + 8, at + 8 + length);
    if (content.length !== length || (type === 'IHDR') !== (at === 8) || (type === 'IHDR' && length !== 13))
      throw unreadable('PNG chunks');
    yield { type, content };
    at += 12 + length;
  }
}

/** JPEG (ITU-T T.81): the first frame header says its size, SOF0 to SOF15 without DHT, JPG and DAC. */
function checkJpeg(jpeg: Buffer): void {
  let scans = 0;
  for (let i = jpeg.indexOf('\xff\xda', 2, 'latin1'); i >= 0; i = jpeg.indexOf('\xff\xda', i + 2, 'latin1'))
    scans++;
  if (scans > MAX_SCANS) throw unreadable('JPEG of many scans');
  for (let at = 2; at + 9 <= jpeg.length;) {
    const marker = jpeg[at + 1] ?? 0;
    if (jpeg[at] !== 0xff) break;
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return checkPixels(jpeg.readUInt16BE(at + 7), jpeg.readUInt16BE(at + 5));
    else at += 2 + jpeg.readUInt16BE(at + 2);
  }
  throw unreadable('JPEG without a frame');
}

function unreadable(detail: string, cause?: unknown): Refusal {
  return new Refusal('QR_UNREADABLE', { detail, cause });
}
