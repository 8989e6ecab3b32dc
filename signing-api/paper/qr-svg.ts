import { QUIET_ZONE, SYMBOL_MM, symbolPath, type QrSymbol } from './qr-symbol.ts';

/** The symbol with its white frame, black on white whatever lies behind, as wide in print as on the paper. @param title plain text without markup */
export function qrSvg(symbol: QrSymbol, title: string): string {
  const modules = symbol.size + 2 * QUIET_ZONE;
  const width = ((SYMBOL_MM / symbol.size) * modules).toFixed(2);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}mm" height="${width}mm" viewBox="0 0 ${modules} ${modules}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title>`,
    `<rect width="${modules}" height="${modules}" fill="#fff"/>`,
    `<path transform="translate(${QUIET_ZONE} ${QUIET_ZONE})" shape-rendering="crispEdges" d="${symbolPath(symbol)}"/>`,
    '</svg>\n',
  ].join('\n');
}
