import { describe, expect, it } from 'vitest';
import { Refusal, refusals, type RefusalCode } from '#core/refusal';
import { utf8 } from '#core/bytes';
import { sha256 } from '#verifier/crypto-node';
import { failure } from '#signer-agent/door/pages/failure';
import { pinScreen } from '#signer-agent/door/pages/pin';
import { resultScreen } from '#signer-agent/door/pages/result';
import { reviewScreen } from '#signer-agent/door/pages/review';
import { workingScreen } from '#signer-agent/door/pages/working';
import type { Stage } from '#signer-agent/signing/door';
import type { Summary } from '#signer-agent/signing/summary';
import { Tally } from '#signer-agent/signing/tally';
import type { PinState, TokenState } from '#signer-agent/token/token';
import { testLeaves, testList, testRecord } from '../support/lists.ts';

const tally = new Tally();
for (let i = 0; i < 3; i++) tally.add(testRecord(i));

function summaryWith(change: Partial<Summary> = {}, mode: 'list' | 'each' = 'list'): Summary {
  const { statement, statementText } = testList(testLeaves(3), { mode });
  return {
    statement,
    statementDigest: sha256(utf8(statementText)),
    tally,
    sample: [],
    sequel: 'next',
    earlier: { result: undefined, intent: undefined, perhapsSigned: 0 },
    difference: null,
    outliers: [],
    uncounted: 0,
    revocation: 'good',
    signedItems: 0,
    ...change,
  };
}

function tokenWith(pin: PinState): TokenState {
  const made = { manufacturer: 'M', model: 'M', algorithms: [], certificates: [] };
  return { serial: '42', label: '<b>', pin, pinPad: false, ...made };
}

/** What is read on a screen, its live parts included. */
function wordsOf({ main, live }: ReturnType<typeof reviewScreen>): string {
  return [main, ...Object.values(live)].map(({ text }) => text.replace(/\s+/g, ' ')).join(' ');
}

describe('a refusal on the page', () => {
  it.each(Object.keys(refusals) as RefusalCode[])(
    '%s: its code, what happened and what to do, twice',
    (code) => {
      const { text } = failure(new Refusal(code, { detail: '<detail>' }));
      expect(text).toContain(`data-code="${code}"`);
      expect(text).toContain(`<code>${code}</code>`);
      expect(text).toContain('&lt;detail&gt;');
      expect(text).toMatch(/<strong>[^<]{8,}<\/strong>[^]*<p lang="en">[^<]{8,}<\/p>/);
    },
  );
});

describe('Duyệt', () => {
  it('names the mode', () => {
    expect(wordsOf(reviewScreen(summaryWith()))).toContain('Ký toàn bộ danh sách (3 hồ sơ)');
    expect(wordsOf(reviewScreen(summaryWith({}, 'each')))).toContain('Ký từng hồ sơ (3 hồ sơ)');
  });

  it.each<[string, Partial<Summary>]>([
    ['đơn vị đã ký danh sách khác ở máy khác', { sequel: 'gap' }],
    ['Có thể đã ký', { earlier: { result: undefined, intent: undefined, perhapsSigned: 2 } }],
    ['2 hồ sơ của danh sách này đã ký rồi', { signedItems: 2 }],
    ['Chưa kiểm tra được chứng thư số có bị thu hồi', { revocation: 'unknown' }],
    ['không đọc được các danh sách đã nhớ', { difference: 'damaged' }],
    [
      '1 mới, 1 thay đổi, 1 như cũ',
      { difference: { fresh: 1, changed: 1, same: 1, changedIndexes: [1], complete: true } },
    ],
    [
      'data-number="2"',
      { difference: { fresh: 0, changed: 1, same: 2, changedIndexes: [1], complete: true } },
    ],
    ['không nhớ hết', { difference: { fresh: 3, changed: 0, same: 0, changedIndexes: [], complete: false } }],
    ['01/08/2021', { outliers: [{ facility: '79-00123', date: '2021-08-01', count: 900, usual: 12 }] }],
    ['7 hồ sơ không được xét', { uncounted: 7 }],
  ])('says "%s" where it is so, and only there', (words, change) => {
    expect(wordsOf(reviewScreen(summaryWith(change)))).toContain(words);
    const usual = wordsOf(reviewScreen(summaryWith({ tally: new Tally() })));
    expect(usual).not.toContain(words);
  });
});

describe('PIN', () => {
  it('shows the phrase, or says that there is none', () => {
    expect(wordsOf(pinScreen(summaryWith(), tokenWith('ok'), 'Trăng & sao'))).toContain('Trăng &amp; sao');
    expect(wordsOf(pinScreen(summaryWith(), tokenWith('ok'), undefined))).toContain('chưa có câu nhận biết');
  });

  it('says how close to locking the token is, and wants the last try confirmed', () => {
    const shown = (pin: PinState) => wordsOf(pinScreen(summaryWith(), tokenWith(pin), 'x'));
    expect(shown('ok')).not.toMatch(/nhập sai trước đó|last-try/);
    expect(shown('low')).toContain('nhập sai trước đó');
    expect(shown('final-try')).toContain('data-code="PIN_LAST_TRY"');
    expect(shown('final-try')).toMatch(/<input id="last-try" type="checkbox" required/);
  });

  it('takes the label of a token for text', () => {
    expect(wordsOf(pinScreen(summaryWith(), tokenWith('ok'), 'x'))).toContain('Token &lt;b&gt;');
  });
});

describe('Đang ký', () => {
  const at = (done: number, stage: Stage = 'sign') =>
    workingScreen({ stage, done, total: 1000, secondsLeft: 90 }, null, summaryWith());

  it('says how far it is and how long it takes still', () => {
    expect(wordsOf(at(250))).toContain('Đang ký: 250 / 1.000 hồ sơ, còn khoảng 2 phút');
    expect(wordsOf(at(250))).toMatch(/<progress max="1000" value="250"/);
  });

  it('is read aloud at every tenth only, and its other parts stay as they are', () => {
    const spoken = Array.from({ length: 1001 }, (_, done) => at(done).live['announced']?.text);
    expect(new Set(spoken).size).toBe(11);
    expect(new Set(Array.from({ length: 1001 }, (_, done) => at(done).main.text)).size).toBe(1);
  });

  it('says why it waits', () => {
    const paused = workingScreen(null, new Refusal('TOKEN_REMOVED'), summaryWith());
    expect(wordsOf(paused)).toContain('Tạm dừng');
    expect(wordsOf(paused)).toContain('data-code="TOKEN_REMOVED"');
    expect(wordsOf(at(1))).not.toContain('Tạm dừng');
  });
});

describe('Kết quả', () => {
  const ended = (signed: number, refusal: Refusal | null) =>
    wordsOf(resultScreen({ signed, skipped: 0, failed: 0, tokenOperations: 0 }, refusal, summaryWith()));

  it('counts, and offers the rest where there is one', () => {
    expect(ended(3, null)).not.toContain('Ký tiếp phần còn lại');
    const stopped = ended(1, new Refusal('SIGNING_STOPPED'));
    expect(stopped).toContain('Còn 2 hồ sơ chưa ký');
    expect(stopped).toContain('data-code="SIGNING_STOPPED"');
    expect(ended(0, new Refusal('PIN_WRONG'))).not.toContain('Ký tiếp phần còn lại');
  });
});
