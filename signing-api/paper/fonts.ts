import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';

/** Be Vietnam Pro (SIL Open Font License), the full fonts: subsets for the web print empty boxes where a letter is missing, without an error. */
export const FONTS = {
  regular: load('400Regular/BeVietnamPro_400Regular.ttf'),
  italic: load('400Regular_Italic/BeVietnamPro_400Regular_Italic.ttf'),
  strong: load('600SemiBold/BeVietnamPro_600SemiBold.ttf'),
} as const;
export type FontName = keyof typeof FONTS;

/** Whether every character can be printed, in every face. */
export function isPrintable(text: string): boolean {
  const codePoints = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return Object.values(FONTS).every((font) => codePoints.every((point) => font.hasGlyphForCodePoint(point)));
}

function load(file: string): Font {
  const path = createRequire(import.meta.url).resolve(`@expo-google-fonts/be-vietnam-pro/${file}`);
  const font = create(readFileSync(path));
  if ('fonts' in font) throw new Error(`${file} is a collection`);
  return font;
}
