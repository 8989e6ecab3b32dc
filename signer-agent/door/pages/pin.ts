import { base64url } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { shortDigest } from '#core/sign/short-digest';
import type { Summary } from '../../signing/summary.ts';
import type { TokenState } from '../../token/token.ts';
import { html, type Html } from '../html.ts';
import { failure } from './failure.ts';
import { modeText } from './review.ts';
import type { Screen } from './view.ts';

/**
 * PIN: beside the signer's own phrase, which no other page knows, and the digest that the PIN is for.
 * @param phrase undefined where the signer chose none at enrolment
 */
export function pinScreen(summary: Summary, token: TokenState, phrase: string | undefined): Screen {
  const lastTry = token.pin === 'final-try';
  const main = html` <h1 tabindex="-1">Nhập mã PIN</h1>
    ${phraseText(phrase)}
    <p>
      ${modeText(summary.statement)}. Mã đối chiếu
      <strong class="short">${shortDigest(summary.statementDigest)}</strong>
    </p>
    <p>Token ${token.label}, số sê-ri ${token.serial}.</p>
    ${token.pin === 'low' && html`<p class="warning">Mã PIN đã bị nhập sai trước đó. Nhập sai nữa có thể khóa token.</p>`}
    ${lastTry && failure(new Refusal('PIN_LAST_TRY'))}
    <form data-action="pin" data-statement="${base64url(summary.statementDigest)}">
      <label for="pin">Mã PIN của token</label>
      <input id="pin" type="password" autocomplete="off" required maxlength="255" spellcheck="false" />
      ${
        lastTry &&
        html`<p>
          <input id="last-try" type="checkbox" required />
          <label for="last-try">Tôi hiểu đây là lần thử cuối: nếu sai, token bị khóa.</label>
        </p>`
      }
      <div class="buttons">
        <button type="submit" class="main">Ký</button>
        <button type="button" data-action="stop">Dừng, không ký</button>
      </div>
    </form>
    <p class="small">
      Mã PIN chỉ đi từ trang này đến trình ký trên máy này và token; không được lưu. Nhập sai mất một lần thử.
    </p>`;
  return { name: 'pin', title: 'Nhập mã PIN', main, live: {} };
}

function phraseText(phrase: string | undefined): Html {
  return phrase === undefined
    ? html`<p class="warning">
        Máy này chưa có câu nhận biết. Hãy đăng ký lại với câu riêng của bạn (kyso agent enrol --phrase), để
        trang giả mạo không thể giả làm trang này.
      </p>`
    : html`<p>
        Câu nhận biết của bạn: <strong class="phrase">${phrase}</strong><br />
        <span class="small">Nếu không phải câu bạn đã chọn, đừng nhập PIN.</span>
      </p>`;
}
