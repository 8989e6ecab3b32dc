import { afterEach, expect, it } from 'vitest';
import { PaperPress } from '#signing-api/paper/press';
import { refusedLater } from '../../support/refused.ts';
import { hc1Text, someText, unsignedCose } from './certificates.ts';
import { textOf } from './poppler.ts';
import { onlyCode } from './qr-reader.ts';

const open: PaperPress[] = [];
const newPress = (bounds?: ConstructorParameters<typeof PaperPress>[0]) => {
  const press = new PaperPress(bounds);
  open.push(press);
  return press;
};
afterEach(async () => {
  for (const press of open.splice(0)) await press.close();
});

it('prints page, picture and sample in its thread, several who ask at once one after the other', async () => {
  const press = newPress();
  const texts = ['An', 'Bình', 'Chi'].map((name) => hc1Text(unsignedCose({ name: `Nguyễn ${name}` })));
  const pages = await Promise.all(texts.map((text) => press.print({ text, nationality: 'VN' }, 'pdf')));
  expect(pages.map((page) => /Nguyễn (\S+)/.exec(textOf(page))?.[1])).toEqual(['An', 'Bình', 'Chi']);
  const png = await press.print({ text: someText(), nationality: 'VN' }, 'png');
  expect((await onlyCode(png)).text).toBe(someText());
  expect(textOf(await press.print('sample', 'pdf'))).toContain('SAMPLE – not valid');
});

it('hands on the refusal of what cannot be printed, and goes on', async () => {
  const press = newPress();
  const broken = { text: 'HC1:NOTHING', nationality: 'VN' };
  expect((await refusedLater(() => press.print(broken, 'pdf'))).code).toBe('HC1_UNREADABLE');
  expect((await press.print('sample', 'svg')).toString()).toContain('<svg');
});

it('ends a thread that takes too long, and has a new one for who comes next', async () => {
  const press = newPress({ printMs: 1 });
  expect((await refusedLater(() => press.print('sample', 'pdf'))).code).toBe('INTERNAL');
  const patient = newPress();
  await patient.print('sample', 'png');
  await patient.close();
  expect((await patient.print('sample', 'png')).subarray(1, 4).toString()).toBe('PNG');
});

it('sends away who comes when too many wait', async () => {
  const press = newPress({ maxWaiting: 1 });
  const asked = [1, 2, 3].map(() => press.print('sample', 'pdf').then(() => 'printed', codeOf));
  expect(await Promise.all(asked)).toEqual(['printed', 'printed', 'OVERLOADED']);
});

const codeOf = (error: unknown) => (error as { code: string }).code;
