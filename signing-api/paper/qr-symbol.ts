import QRCode from 'qrcode';

/** White modules on every side (ISO/IEC 18004 §9.1). */
export const QUIET_ZONE = 4;
/** The dark square without its frame: formats §6 wants 60 mm or more. */
export const SYMBOL_MM = 70;

/** Modules of a QR code, row by row, without its white frame. */
export type QrSymbol = { readonly size: number; readonly isDark: (row: number, column: number) => boolean };

const ALPHANUMERIC = /^[0-9A-Z $%*+\-./:]+$/;

/**
 * Error correction M, where hcert-spec recommends Q: at one size, fewer and larger modules read better from paper than more redundancy
 * (formats §6, measured). HC1 text fits alphanumeric mode, which needs a third less than bytes.
 */
export function qrSymbol(text: string): QrSymbol {
  const segment = ALPHANUMERIC.test(text)
    ? { data: text, mode: 'alphanumeric' as const }
    : { data: new TextEncoder().encode(text), mode: 'byte' as const };
  const { modules } = QRCode.create([segment], { errorCorrectionLevel: 'M' });
  return { size: modules.size, isDark: (row, column) => modules.get(row, column) === 1 };
}

/**
 * Dark modules as one SVG path, a module being one unit. One path, not many rectangles: drawn one by one these show hairlines between
 * them on some screens.
 */
export function symbolPath({ size, isDark }: QrSymbol): string {
  let path = '';
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (!isDark(row, column)) continue;
      const from = column;
      while (column < size && isDark(row, column)) column++;
      path += `M${from} ${row}h${column - from}v1h-${column - from}z`;
    }
  }
  return path;
}
