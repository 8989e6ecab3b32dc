import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import { Refusal } from '#core/refusal';
import { checkPicture, type PictureKind } from './picture.ts';

/** A page of labels has some; more than that is no page. */
const MAX_CODES = 64;

let prepared: Promise<void> | undefined;

/** The decoder comes with its package: it is never fetched. */
async function prepare(): Promise<void> {
  const file = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
  const wasmBinary = Uint8Array.from(await readFile(file)).buffer;
  prepareZXingModule({ overrides: { wasmBinary } });
}

/**
 * The texts of all QR codes in a picture, PNG or JPEG.
 * @throws Refusal QR_UNREADABLE where there is none, SOURCE_TOO_LARGE
 */
export async function readQrCodes(bytes: Uint8Array, kind: PictureKind): Promise<string[]> {
  checkPicture(bytes, kind);
  await (prepared ??= prepare());
  const found = await decode(bytes);
  const texts = found.filter(({ isValid }) => isValid).map(({ text }) => text);
  if (texts.length === 0) throw new Refusal('QR_UNREADABLE', { detail: found[0]?.error || 'no QR code' });
  return texts;
}

async function decode(bytes: Uint8Array) {
  try {
    return await readBarcodes(bytes, { formats: ['QRCode'], tryHarder: true, maxNumberOfSymbols: MAX_CODES });
  } catch (cause) {
    // after an abort the module answers nothing more: the next picture gets a new one
    prepared = undefined;
    throw new Refusal('QR_UNREADABLE', { detail: 'the decoder failed', cause });
  }
}
