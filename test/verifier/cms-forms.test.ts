import { describe, expect, it, test } from 'vitest';
import { isRefusal } from '#core/refusal';
import { CmsForms } from '#verifier/evidence/cms-forms';
import { readCms } from '#verifier/evidence/read-cms';
import { signCms } from './support/cms.ts';
import { ecSigner, list, rsaSigner } from './support/standard-world.ts';
import { itemBytes, itemMime } from './support/world.ts';

const cmsOf = (signer: typeof rsaSigner, index: number, signedAt = '2022-04-29T08:20:00Z') =>
  signCms({ statement: itemBytes(list, index), signer, attributes: itemMime, signedAt });

/** What a reader gives, or what it refuses. */
function answerOf(read: () => object): object {
  try {
    return read();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return { code: error.code, detail: error.detail };
  }
}

describe.each([
  ['RSA', rsaSigner],
  ['ECDSA', ecSigner],
])('signatures of one form, %s', (_kind, signer) => {
  it('are read as if each were the only one, whichever of them was read before', () => {
    const forms = new CmsForms();
    for (const at of ['2022-04-29T08:20:00Z', '2022-04-29T08:20:01Z'])
      for (let index = 0; index < list.statement.count; index++) {
        const cms = cmsOf(signer, index, at);
        expect(forms.read(cms)).toEqual(readCms(cms));
        expect(forms.read(cms).signer).toBe(forms.read(cmsOf(signer, 0)).signer);
      }
  });

  test('a byte changed, put in or left out anywhere is judged as by the full reader', () => {
    const good = cmsOf(signer, 1);
    const outcomes = new Set<string>();
    for (let i = 0; i < good.length; i++) {
      const first = good[i] ?? 0;
      for (const mutant of [
        ...[0x01, 0x20, 0x80, 0xff].map((bits) => good.with(i, first ^ bits)),
        Uint8Array.from([...good.subarray(0, i), ...good.subarray(i + 1)]),
        Uint8Array.from([...good.subarray(0, i), first, ...good.subarray(i)]),
      ]) {
        const forms = new CmsForms();
        forms.read(good);
        const expected = answerOf(() => readCms(mutant));
        // toEqual a million times takes minutes
        if (textOf(answerOf(() => forms.read(mutant))) !== textOf(expected)) expect.fail(`byte ${i}`);
        outcomes.add('code' in expected ? String(expected.code) : 'read');
      }
    }
    expect(outcomes).toContain('read');
    expect(outcomes).toContain('SIGNATURE_MALFORMED');
    expect(outcomes).toContain('SIGNER_ALGORITHM');
  });

  test('what was read does not change with the bytes of an earlier one', () => {
    const forms = new CmsForms();
    const earlier = Buffer.from(cmsOf(signer, 2));
    const before = readCms(Uint8Array.from(earlier));
    const read = forms.read(earlier);
    earlier.fill(0);
    expect(read).toEqual(before);
    const later = cmsOf(signer, 3);
    expect(forms.read(later)).toEqual(readCms(later));
  });
});

function textOf(answer: object): string {
  return JSON.stringify(answer, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
}
