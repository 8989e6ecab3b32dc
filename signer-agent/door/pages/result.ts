import type { Refusal } from '#core/refusal';
import type { EndCounts } from '../../signing/run-signing.ts';
import type { Summary } from '../../signing/summary.ts';
import { html, type Html } from '../html.ts';
import { failure } from './failure.ts';
import { modeText } from './review.ts';
import type { Screen } from './view.ts';
import { number } from './words.ts';

/** Kết quả: what was signed, what was left out, what failed; and how the rest is signed. */
export function resultScreen(counts: EndCounts, refusal: Refusal | null, summary: Summary | null): Screen {
  const done = counts.signed + counts.skipped;
  const remaining = summary && done > 0 ? summary.statement.count - done : 0;
  const main = html` <h1 tabindex="-1">Kết quả</h1>
    ${summary && html`<p class="mode">${modeText(summary.statement)}</p>`}
    ${refusal ? failure(refusal) : html`<p class="success">Đã ký xong và máy chủ đã nhận chữ ký.</p>`}
    <p class="counts">
      <span>Đã ký ${number(counts.signed)}</span> · <span>Bỏ qua ${number(counts.skipped)}</span> ·
      <span>Lỗi ${number(counts.failed)}</span>
    </p>
    ${summary && downloads(counts)}
    ${
      remaining > 0 &&
      html`<section>
        <h2>Ký tiếp phần còn lại</h2>
        <p>Còn ${number(remaining)} hồ sơ chưa ký. Phần đã ký được giữ lại và không ký lại.</p>
      </section>`
    }
    <div class="buttons">
      ${remaining > 0 && html`<button type="button" class="main" data-action="leave">Ký tiếp phần còn lại</button>`}
      <button type="button" data-action="leave">Về Hôm nay</button>
    </div>`;
  return { name: 'result', title: 'Kết quả', main, live: {} };
}

function downloads(counts: EndCounts): Html {
  const button = (what: string, text: string, count: number) =>
    html`<button type="button" data-action="download" data-what="${what}" ${count === 0 && 'disabled'}>
      ${text}
    </button>`;
  return html`<div class="buttons">
    ${button('signed', 'Tải danh sách đã ký', counts.signed)}
    ${button('skipped', 'Tải danh sách bỏ qua', counts.skipped)}
    ${button('failed', 'Tải danh sách lỗi', counts.failed)}
  </div>`;
}
