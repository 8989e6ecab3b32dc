import { deflateSync } from 'node:zlib';
import QRCode from 'qrcode';
import { concat, utf8 } from '#core/bytes';

/** Pictures of QR codes, each module a square of 8 pixels within a white frame, without a package for pictures. */

const MODULE = 8;
const FRAME = 4;

/** Rows of modules, true for dark; texts beside one another. */
export function modulesOf(...texts: readonly string[]): boolean[][] {
  const codes = texts.map((text) => QRCode.create(text, { errorCorrectionLevel: 'M' }).modules);
  const height = Math.max(...codes.map(({ size }) => size)) + 2 * FRAME;
  return Array.from({ length: height }, (_, y) =>
    codes.flatMap(({ size, data }) =>
      Array.from({ length: size + 2 * FRAME }, (__, x) => {
        const [column, row] = [x - FRAME, y - FRAME];
        const isInside = column >= 0 && row >= 0 && column < size && row < size;
        return isInside && data[row * size + column] === 1;
      }),
    ),
  );
}

const uint32 = (n: number) => Uint8Array.of(n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255);
const uint16 = (n: number) => Uint8Array.of(n >> 8, n & 255);

/** Gray of 8 bits, ISO/IEC 15948. */
export function png(modules: readonly (readonly boolean[])[]): Uint8Array {
  const rows = modules.flatMap((row) => {
    const line = Uint8Array.from([
      0,
      ...row.flatMap((dark) => new Array<number>(MODULE).fill(dark ? 0 : 255)),
    ]);
    return new Array<Uint8Array>(MODULE).fill(line);
  });
  const [width, height] = [(modules[0]?.length ?? 0) * MODULE, rows.length];
  return pngOf(width, height, deflateSync(concat(...rows)));
}

/** With whatever size and data are wanted. */
export function pngOf(width: number, height: number, data: Uint8Array): Uint8Array {
  const header = concat(uint32(width), uint32(height), Uint8Array.of(8, 0, 0, 0, 0));
  return concat(
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array()),
  );
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const named = concat(utf8(type), content);
  return concat(uint32(content.length), named, uint32(crc32(named)));
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc;
}

/** Baseline JPEG in gray (ITU-T T.81): a module is one block of one shade, so that blocks have a DC coefficient and no other. */
export function jpeg(modules: readonly (readonly boolean[])[]): Uint8Array {
  const [width, height] = [(modules[0]?.length ?? 0) * MODULE, modules.length * MODULE];
  return concat(
    Uint8Array.of(0xff, 0xd8),
    segment(0xdb, Uint8Array.of(0, ...new Array<number>(64).fill(8))),
    frame(width, height),
    // DC: categories 0, 7 and 8 by codes of 1, 2 and 3 bits; AC: the end of the block alone
    segment(0xc4, Uint8Array.of(0x00, 1, 1, 1, ...new Array<number>(13).fill(0), 0, 7, 8)),
    segment(0xc4, Uint8Array.of(0x10, 1, ...new Array<number>(15).fill(0), 0)),
    segment(0xda, Uint8Array.of(1, 1, 0, 0, 63, 0)),
    scan(modules.flat()),
    Uint8Array.of(0xff, 0xd9),
  );
}

export function frame(width: number, height: number): Uint8Array {
  return segment(0xc0, concat(Uint8Array.of(8), uint16(height), uint16(width), Uint8Array.of(1, 1, 0x11, 0)));
}

export function segment(marker: number, content: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0xff, marker), uint16(content.length + 2), content);
}

function scan(blocks: readonly boolean[]): Uint8Array {
  let before: boolean | null = null;
  let bits = '';
  for (const dark of blocks) {
    // the frame is white, so that the first block is
    if (before === null) bits += '10' + '1'.repeat(7);
    else if (dark === before) bits += '0';
    else bits += '110' + (dark ? '0' : '1').repeat(8);
    bits += '0';
    before = dark;
  }
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  const bytes = padded.match(/.{8}/g)?.map((byte) => parseInt(byte, 2)) ?? [];
  return Uint8Array.from(bytes.flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])));
}
