import { execFileSync } from 'node:child_process';

/** Poppler's tools, a second opinion on our PDF. */
const run = (tool: string, words: readonly string[], pdf: Uint8Array) =>
  execFileSync(tool, [...words, '-', ...(tool === 'pdftotext' ? ['-'] : [])], {
    input: pdf,
    maxBuffer: 64 * 1024 * 1024,
  });

/** In reading order, one line each. */
export function textOf(pdf: Uint8Array): string {
  return run('pdftotext', ['-raw', '-enc', 'UTF-8'], pdf).toString('utf8');
}

export function infoOf(pdf: Uint8Array, ...words: readonly string[]): string {
  return run('pdfinfo', words, pdf).toString('utf8');
}

/** The first page as PNG. */
export function pictureOf(pdf: Uint8Array, dpi: number): Buffer {
  return run('pdftoppm', ['-r', String(dpi), '-singlefile', '-png'], pdf);
}

export type Pixels = { readonly width: number; readonly height: number; readonly rgb: Uint8Array };

/** The first page as bare pixels. */
export function pixelsOf(pdf: Uint8Array, dpi: number): Pixels {
  const ppm = run('pdftoppm', ['-r', String(dpi), '-singlefile'], pdf);
  const head = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.toString('latin1', 0, 40));
  if (!head) throw new Error('not a PPM');
  return { width: Number(head[1]), height: Number(head[2]), rgb: ppm.subarray(head[0].length) };
}
