import { crc32, deflateSync } from 'node:zlib';
import { QUIET_ZONE, SYMBOL_MM, type QrSymbol } from './qr-symbol.ts';

/** Pixels a module. */
const SCALE = 8;

/** The symbol with its white frame as PNG, one bit a pixel, black and white; its resolution says how large it is in print (PNG, 3rd edition). */
export function qrPng(symbol: QrSymbol): Buffer {
  const width = (symbol.size + 2 * QUIET_ZONE) * SCALE;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(width, 4);
  header[8] = 1;
  const perMetre = Math.round((symbol.size * SCALE * 1000) / SYMBOL_MM);
  const physical = Buffer.alloc(9);
  physical.writeUInt32BE(perMetre, 0);
  physical.writeUInt32BE(perMetre, 4);
  physical[8] = 1;
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('pHYs', physical),
    chunk('IDAT', deflateSync(pixels(symbol, width))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Rows of bits, 1 is white, each after a byte that names no filter. */
function pixels({ size, isDark }: QrSymbol, width: number): Buffer {
  const bytes = 1 + width / 8;
  const image = Buffer.alloc(bytes * width, 0xff);
  for (let y = 0; y < width; y++) {
    image[y * bytes] = 0;
    const row = Math.floor(y / SCALE) - QUIET_ZONE;
    if (row < 0 || row >= size) continue;
    // a module is as wide as a byte
    for (let column = 0; column < size; column++)
      if (isDark(row, column)) image[y * bytes + 1 + QUIET_ZONE + column] = 0;
  }
  return image;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
