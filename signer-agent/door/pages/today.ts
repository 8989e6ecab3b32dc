import type { Enrolment } from '../../config.ts';
import { refusePin } from '../../token/pin-state.ts';
import type { SignerCertificate } from '../../token/signer-certificate.ts';
import { html, type Html } from '../html.ts';
import type { SignedLists } from '../signed-lists.ts';
import type { Presence } from '../token-watch.ts';
import { refusalOf } from '../problem.ts';
import { failure } from './failure.ts';
import type { Screen } from './view.ts';
import { moment, number } from './words.ts';

export type Today = {
  readonly enrolment: Enrolment;
  readonly signer: SignerCertificate;
  readonly lists: SignedLists;
  readonly presence: Presence;
  readonly now: Date;
};

/** Hôm nay: who signs here, with what, what was signed, and where a ticket goes in. */
export function todayScreen({ enrolment, signer, lists, presence, now }: Today): Screen {
  const { unit, instance } = enrolment;
  const main = html` <h1 tabindex="-1">Hôm nay</h1>
    <table class="facts">
      <tbody>
        <tr>
          <th scope="row">Đơn vị ký</th>
          <td>${unit.name} (${unit.code}) · hệ thống ${instance}</td>
        </tr>
        <tr>
          <th scope="row">Chứng thư số</th>
          <td>
            ${signer.subject}<br />cấp bởi ${signer.issuer}, hiệu lực đến
            ${moment(signer.notAfter)}${expiry(signer, now)}
          </td>
        </tr>
        <tr>
          <th scope="row">Token</th>
          <td data-live="token"></td>
        </tr>
      </tbody>
    </table>
    ${unfinished(lists)}
    <section>
      <h2>Ký danh sách</h2>
      <form data-action="ticket">
        <label for="ticket">Phiếu ký (mở từ bảng điều khiển, hoặc dán vào đây)</label>
        <input
          id="ticket"
          name="ticket"
          type="text"
          required
          maxlength="1024"
          autocomplete="off"
          spellcheck="false"
        />
        <button type="submit" class="main">Nhận danh sách để xem</button>
      </form>
      <p class="small">
        Số hồ sơ đủ điều kiện, chưa đủ điều kiện và lý do: xem trên bảng điều khiển; trình ký chỉ biết danh
        sách của phiếu ký.
      </p>
    </section>
    ${signedLists(lists)}`;
  return { name: 'today', title: 'Hôm nay', main, live: { token: tokenState(presence) } };
}

function tokenState(presence: Presence): Html {
  if (presence === null) return html`Đang tìm token…`;
  if ('code' in presence) return failure(presence);
  try {
    refusePin(presence, true);
  } catch (error) {
    return html`${presence.label}, số sê-ri ${presence.serial} ${failure(refusalOf(error))}`;
  }
  const { pin } = presence;
  const low = pin === 'low' && html` · mã PIN đã bị nhập sai trước đó`;
  const last = pin === 'final-try' && html` · <strong class="warning">chỉ còn một lần thử PIN</strong>`;
  return html`<span class="present">Đã cắm</span>: ${presence.label}, số sê-ri ${presence.serial}${low}${last}`;
}

const DAY_MS = 86_400_000;

function expiry({ notAfter }: SignerCertificate, now: Date): Html | null {
  const days = Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS);
  if (days > 30) return null;
  const text = days < 0 ? 'đã hết hạn' : days === 0 ? 'hết hạn trong hôm nay' : `còn ${days} ngày`;
  return html` <strong class="warning">(${text})</strong>`;
}

function unfinished({ begun }: SignedLists): Html[] {
  return begun.map(
    ({ batchId, since }) =>
      html`<section class="warning">
        <h2>Ký tiếp phần còn lại</h2>
        <p>
          Danh sách <code>${batchId}</code> đã bắt đầu ký trên máy này lúc ${moment(new Date(since))} và chưa
          xong. Tạo phiếu ký mới cho danh sách đó trên bảng điều khiển rồi dán vào ô dưới; phần đã ký được giữ
          và không ký lại.
        </p>
      </section>`,
  );
}

function signedLists({ collected }: SignedLists): Html {
  if (collected.length === 0)
    return html`<section>
      <h2>Đã ký trên máy này</h2>
      <p>Chưa có danh sách nào.</p>
    </section>`;
  return html`<section>
    <h2>Đã ký trên máy này</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Lúc</th>
          <th scope="col">Danh sách số</th>
          <th scope="col">Mã danh sách</th>
        </tr>
      </thead>
      <tbody>
        ${collected.map(
          ({ at, sequence, batchId }) =>
            html`<tr>
              <td>${moment(new Date(at))}</td>
              <td class="number">${number(sequence)}</td>
              <td><code>${batchId}</code></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}
