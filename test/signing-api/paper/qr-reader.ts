import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { prepareZXingModule, readBarcodes, type ReadResult } from 'zxing-wasm/reader';

const file = fileURLToPath(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'));
const wasmBinary = Uint8Array.from(await readFile(file)).buffer;
prepareZXingModule({ overrides: { wasmBinary } });

/** The one QR code of a picture, by a reader that knows nothing of us. */
export async function onlyCode(png: Uint8Array): Promise<ReadResult> {
  const codes = await readBarcodes(png, { formats: ['QRCode'] });
  const [code, ...others] = codes;
  if (!code || others.length > 0) throw new Error(`${codes.length} QR codes`);
  return code;
}
